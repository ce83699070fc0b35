import * as v from 'valibot'
import type { Device } from './device'
import { largestMicroBatch } from './minibatchGroup'
import { USUAL_QUALITY_SAMPLES } from './quality'
import { resolutionsBetween, type Resolution } from './resolution'
import {
  AUGMENTATIONS,
  TRAIN_CONFIG_VERSION,
  TrainConfigSchema,
  type Augmentation,
  type GeneratorNorm,
  type LossName,
  type Preset,
  type TrainConfig,
} from './trainConfig'
import { TUTORIAL } from './tutorial'

/** Most feature maps of one layer, per preset; the paper's networks have 512 (section A.1, table 2). */
export const FMAP_MAX: Readonly<Record<Preset, number>> = {
  tiny: 64,
  small: 128,
  medium: 256,
  paper: 512,
}

/** Batch sizes of the published single-GPU runs, by resolution, of which {@link LARGEST_BATCH} takes the lower. */
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
