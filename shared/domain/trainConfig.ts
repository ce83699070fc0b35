import * as v from 'valibot'
import { DeviceSchema } from './device'
import { MOST_QUALITY_SAMPLES, USUAL_QUALITY_SAMPLES } from './quality'
import { isMicroBatch } from './minibatchGroup'
import { ResolutionSchema } from './resolution'

/** Numbered form of {@link TrainConfig}; raised when a stored config needs an upgrade to be read. */
export const TRAIN_CONFIG_VERSION = 1

/** Sizes of network a person can pick by name. */
export const PRESETS = ['tiny', 'small', 'medium', 'paper'] as const
/** One of {@link PRESETS}. */
export type Preset = (typeof PRESETS)[number]

/** Training objectives: improved Wasserstein, non-saturating logistic, and logistic with R1 on the reals. */
export const LOSSES = ['wgan-gp', 'logistic', 'logistic-r1'] as const
/** One of {@link LOSSES}. */
export type LossName = (typeof LOSSES)[number]

/**
 * What keeps the size of the generator's maps in bounds after each activation: each pixel's vector at length 1
 * (section 4.2), or each map at mean 0 and variance 1 over the batch, then a learned scale and shift.
 */
export const GENERATOR_NORMS = ['pixel', 'batch'] as const
/** One of {@link GENERATOR_NORMS}. */
export type GeneratorNorm = (typeof GENERATOR_NORMS)[number]

/** Most updates of the discriminator for one of the generator. */
export const MOST_CRITIC_STEPS = 10

/**
 * Kinds of differentiable augmentation (Zhao et al. 2020): what the discriminator sees, pictures and fakes alike, is
 * changed in colour, moved by up to an eighth of the side, or has a square of half the side cut out.
 */
export const AUGMENTATIONS = ['color', 'translation', 'cutout'] as const
/** One of {@link AUGMENTATIONS}. */
export type Augmentation = (typeof AUGMENTATIONS)[number]

/** Weights that a new stage starts from: those that training ended the stage before with, or its best by quality. */
export const STAGE_STARTS = ['last', 'best'] as const
/** One of {@link STAGE_STARTS}. */
export type StageStart = (typeof STAGE_STARTS)[number]

/** Most images of a phase, and seconds' worth of anything: sums of it stay whole numbers. */
const MOST = 2 ** 40
/** Most images of a step, channels of a layer and the like: what is tried one by one, or held in memory. */
const MOST_AT_ONCE = 2 ** 16

const positiveInt = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST))
const nonNegativeInt = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST))
/** Samples that a measurement of quality takes; 0 for none. */
export const qualitySamplesSchema = v.pipe(nonNegativeInt, v.maxValue(MOST_QUALITY_SAMPLES))
const atOnce = v.pipe(positiveInt, v.maxValue(MOST_AT_ONCE))
const weight = v.pipe(v.number(), v.finite(), v.minValue(0))
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0))
const fraction = v.pipe(v.number(), v.minValue(0), v.ltValue(1))

/** What one resolution's stage costs and how it learns. */
export const StagePlanSchema = v.object({
  resolution: ResolutionSchema,
  /** Images seen while the new layers fade in; ignored by the first stage, which has nothing to fade from. */
  fadeImages: nonNegativeInt,
  /** Images seen with the layers fully in. */
  stableImages: positiveInt,
  /** Images of one update of the discriminator, and of one of the generator. */
  batch: atOnce,
  /**
   * Images gone through at a time, for less memory: gradients are those of the whole batch. Divides the batch and keeps
   * groups of minibatch standard deviation whole; null takes the batch at once.
   */
  microBatch: v.optional(v.nullable(atOnce), null),
  /** Adam's step size for both networks. */
  learningRate: positive,
})
/** One resolution's part of a run's schedule; see {@link StagePlanSchema}. */
export type StagePlan = v.InferOutput<typeof StagePlanSchema>

/** How often a run that trains tells, draws and saves; no weight hangs on it. */
export const IntervalsSchema = v.object({
  /** Images between two ticks (losses and speed). */
  tickImages: positiveInt,
  /** Images between two mosaics. */
  mosaicImages: positiveInt,
  /** Seconds between two checkpoints; each stage's end has one besides. */
  checkpointSeconds: positive,
})

/**
 * Everything that decides which weights a run ends with, given its dataset. Fixed once the run exists, but for what
 * `settingsChange.ts` allows.
 */
export const TrainConfigSchema = v.pipe(
  v.object({
    version: v.literal(TRAIN_CONFIG_VERSION),
    seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)),
    /** Picture channels: grey, RGB, RGBA. */
    channels: v.picklist([1, 3, 4]),
    preset: v.picklist(PRESETS),
    /** Channels at resolution r are `min(fmapBase / (r / 2), fmapMax)` (section A.1). */
    fmapBase: positiveInt,
    fmapMax: atOnce,
    latentSize: atOnce,
    generatorNorm: v.optional(v.picklist(GENERATOR_NORMS), 'pixel'),
    loss: v.picklist(LOSSES),
    /**
     * Updates of the discriminator in one step, each on pictures and latents of its own; the generator has one, on the
     * last one's latents.
     */
    criticSteps: v.optional(v.pipe(positiveInt, v.maxValue(MOST_CRITIC_STEPS)), 1),
    /** Weight of WGAN-GP's gradient penalty (section A.1: 10). */
    gradientPenaltyWeight: weight,
    /** Weight of the drift term on the reals' scores (section A.1: 0.001). */
    driftWeight: weight,
    /** R1's gamma, used by `logistic-r1` alone. */
    r1Gamma: weight,
    adam: v.object({ beta1: fraction, beta2: fraction, epsilon: positive }),
    /** Decay, per step, of the moving average of the generator's weights (section 4: 0.999). */
    emaDecay: fraction,
    /** Images of one minibatch-standard-deviation group (section 3; the published networks use 4). */
    minibatchGroup: atOnce,
    /** Mirror each picture left to right with probability one half. */
    mirror: v.boolean(),
    /** What the discriminator's pictures go through, in the order of {@link AUGMENTATIONS}; each at most once. */
    augment: v.optional(
      v.pipe(
        v.array(v.picklist(AUGMENTATIONS)),
        v.check((kinds) => new Set(kinds).size === kinds.length, 'an augmentation is there twice'),
      ),
      [],
    ),
    /**
     * Names of the classes that the networks are told of, by number; null trains without classes. Kept as the
     * dataset has them when the run is created.
     */
    classes: v.optional(v.nullable(v.pipe(v.array(v.string()), v.minLength(2))), null),
    /** Stages in growing order, each twice the resolution of the one before. */
    stages: v.pipe(v.array(StagePlanSchema), v.minLength(1)),
    /**
     * Threads of the engine's CPU work; null until the run is created, which writes down this machine's
     * physical cores. Kept, since sums come out in another order with other threads.
     */
    threads: v.nullable(atOnce),
    /** What the run begins on; resuming may take another. Kept, since devices round differently. */
    device: v.optional(DeviceSchema, 'cpu'),
    /**
     * Pictures to train with; null until the run is created, which writes down how many its dataset has. Kept,
     * since pictures that are added to the dataset later would change the order of all.
     */
    pictures: v.optional(v.nullable(positiveInt), null),
    /** Stop after this many images; null trains the whole schedule. */
    imageLimit: v.nullable(positiveInt),
    /** Samples that quality is measured on when a checkpoint is saved; 0 measures none. No weight hangs on it alone. */
    qualitySamples: v.optional(qualitySamplesSchema, USUAL_QUALITY_SAMPLES),
    /** What each stage after the first starts from. */
    stageStart: v.optional(v.picklist(STAGE_STARTS), 'last'),
    intervals: IntervalsSchema,
  }),
  v.check(
    (config) =>
      config.stages.every(
        (stage, i) => i === 0 || stage.resolution === 2 * config.stages[i - 1]!.resolution,
      ),
    'each stage must have twice the resolution of the one before',
  ),
  v.check(
    ({ stages, minibatchGroup }) =>
      stages.every(
        ({ batch, microBatch }) =>
          microBatch === null ||
          // Asked of numbers that are refused already as well, with which it would not end.
          ![batch, microBatch, minibatchGroup].every((count) => v.is(atOnce, count)) ||
          isMicroBatch(microBatch, batch, minibatchGroup),
      ),
    'a micro-batch must divide its batch and hold whole groups of the minibatch standard deviation',
  ),
  v.check(
    ({ stages, generatorNorm }) =>
      generatorNorm === 'pixel' || stages.every(({ microBatch }) => microBatch === null),
    'batch normalisation takes its statistics over whole batches, so it does not go with micro-batches',
  ),
  v.check(
    ({ stageStart, qualitySamples }) => stageStart === 'last' || qualitySamples > 0,
    'stages can start from the best weights only where quality is measured',
  ),
)
/** A run's settings; see {@link TrainConfigSchema}. */
export type TrainConfig = v.InferOutput<typeof TrainConfigSchema>
