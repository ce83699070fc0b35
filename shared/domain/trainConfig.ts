import * as v from 'valibot'
import { DeviceSchema, type Device } from './device'
import { MOST_QUALITY_SAMPLES, USUAL_QUALITY_SAMPLES } from './quality'
import { isMicroBatch, largestMicroBatch } from './minibatchGroup'
import { ResolutionSchema, resolutionsBetween, type Resolution } from './resolution'
import { TUTORIAL } from './tutorial'

/** Numbered form of {@link TrainConfig}; raised when a stored config needs an upgrade to be read. */
export const TRAIN_CONFIG_VERSION = 1

/** Sizes of network a person can pick by name. */
export const PRESETS = ['tiny', 'small', 'medium', 'paper'] as const
/** One of {@link PRESETS}. */
export type Preset = (typeof PRESETS)[number]

/** Most feature maps of one layer, per preset; the paper's networks have 512 (section A.1, table 2). */
export const FMAP_MAX: Readonly<Record<Preset, number>> = {
  tiny: 64,
  small: 128,
  medium: 256,
  paper: 512,
}

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

/** Batch sizes of the published single-GPU runs, by resolution, kept to what `largestBatch` allows. */
const PAPER_BATCH: Readonly<Record<Resolution, number>> = {
  4: 128,
  8: 128,
  16: 128,
  32: 64,
  64: 32,
  128: 16,
  256: 8,
  512: 4,
  1024: 4,
}
/** Largest batch per preset: smaller networks on a CPU learn more per second from smaller batches. */
const LARGEST_BATCH: Readonly<Record<Preset, number>> = {
  tiny: 16,
  small: 16,
  medium: 16,
  paper: 128,
}

/** Images of one minibatch-standard-deviation group in the published networks. */
const MINIBATCH_GROUP = 4

/** Images of one phase when none are asked for: the paper's 600,000, and less for smaller networks. */
const PHASE_IMAGES: Readonly<Record<Preset, number>> = {
  tiny: 30_000,
  small: 100_000,
  medium: 300_000,
  paper: 600_000,
}
/** How much longer the last stable phase is by default: the size that people look at gets most of the time. */
const LAST_PHASE_FACTOR: Readonly<Record<Preset, number>> = {
  tiny: 4,
  small: 3,
  medium: 2,
  paper: 1,
}

/** What a person must choose to get a complete {@link TrainConfig}; the rest follows from the preset. */
export type TrainChoices = {
  seed: number
  channels: 1 | 3 | 4
  preset: Preset
  firstResolution: 4 | 8
  finalResolution: Resolution
  /** Takes what {@link TUTORIAL} says where nothing else is asked for, instead of what the paper says. */
  tutorial?: boolean
  generatorNorm?: GeneratorNorm
  criticSteps?: number
  loss?: LossName
  /** Images of each fade; by the preset unless given. */
  fadeImages?: number
  /** Images of each stable phase; by the preset unless given, then longer for the last stage. */
  stableImages?: number
  mirror?: boolean
  augment?: readonly Augmentation[]
  /** Names of classes to tell the networks of; null (the default) trains without. */
  classes?: readonly string[] | null
  imageLimit?: number | null
  /** Most images gone through at a time; each stage takes the largest micro-batch that its groups allow. */
  microBatch?: number | null
  device?: Device
}

/** What is usual in the paper (section A.1), and in tutorials where it is another. */
function usualFor({ tutorial, preset }: TrainChoices) {
  if (tutorial) return { ...TUTORIAL, lastPhaseFactor: 1 }
  return {
    generatorNorm: 'pixel',
    loss: 'wgan-gp',
    beta1: 0,
    beta2: 0.99,
    learningRate: null,
    phaseImages: PHASE_IMAGES[preset],
    lastPhaseFactor: LAST_PHASE_FACTOR[preset],
  } as const
}

/**
 * The complete settings for a few choices, by the paper's section A.1 scaled to the preset.
 * Throws a `ValiError` when the final resolution is below the first or any value is out of range.
 */
export function trainConfigFor(choices: TrainChoices): TrainConfig {
  const { preset, firstResolution, finalResolution } = choices
  const fmapMax = FMAP_MAX[preset]
  const usual = usualFor(choices)
  return v.parse(TrainConfigSchema, {
    version: TRAIN_CONFIG_VERSION,
    seed: choices.seed,
    channels: choices.channels,
    preset,
    fmapBase: 16 * fmapMax,
    fmapMax,
    latentSize: fmapMax,
    generatorNorm: choices.generatorNorm ?? usual.generatorNorm,
    loss: choices.loss ?? usual.loss,
    criticSteps: choices.criticSteps ?? 1,
    gradientPenaltyWeight: 10,
    driftWeight: 0.001,
    r1Gamma: 10,
    adam: { beta1: usual.beta1, beta2: usual.beta2, epsilon: 1e-8 },
    emaDecay: 0.999,
    minibatchGroup: MINIBATCH_GROUP,
    mirror: choices.mirror ?? false,
    augment: AUGMENTATIONS.filter((kind) => choices.augment?.includes(kind)),
    classes: choices.classes ?? null,
    stages: resolutionsBetween(firstResolution, finalResolution).map((resolution) => ({
      resolution,
      fadeImages: resolution === firstResolution ? 0 : (choices.fadeImages ?? usual.phaseImages),
      stableImages:
        choices.stableImages ??
        usual.phaseImages * (resolution === finalResolution ? usual.lastPhaseFactor : 1),
      ...batchOf(choices, resolution),
      learningRate: usual.learningRate ?? (resolution === 1024 ? 1.5e-3 : 1e-3),
    })),
    threads: null,
    device: choices.device ?? 'cpu',
    pictures: null,
    imageLimit: choices.imageLimit ?? null,
    qualitySamples: USUAL_QUALITY_SAMPLES,
    stageStart: 'last',
    intervals: { tickImages: 256, mosaicImages: 1024, checkpointSeconds: 60 },
  })
}

function batchOf({ preset, microBatch }: TrainChoices, resolution: Resolution) {
  const batch = Math.min(PAPER_BATCH[resolution], LARGEST_BATCH[preset])
  const most = microBatch ?? batch
  return {
    batch,
    microBatch: most < batch ? largestMicroBatch(most, batch, MINIBATCH_GROUP) : null,
  }
}

/** Whether all that makes a run a tutorial's is set as {@link TUTORIAL} says, whatever its lengths are. */
export function isTutorial({ generatorNorm, loss, adam, stages }: TrainConfig): boolean {
  return (
    generatorNorm === TUTORIAL.generatorNorm &&
    loss === TUTORIAL.loss &&
    adam.beta1 === TUTORIAL.beta1 &&
    adam.beta2 === TUTORIAL.beta2 &&
    stages.every(({ learningRate }) => learningRate === TUTORIAL.learningRate)
  )
}
