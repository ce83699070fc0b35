import { Option, type Command } from 'commander'
import * as v from 'valibot'
import type { Device } from '../../shared/domain/device'
import { trainConfigFor } from '../../shared/domain/presets'
import {
  AUGMENTATIONS,
  GENERATOR_NORMS,
  STAGE_STARTS,
  TrainConfigSchema,
  type Augmentation,
  type GeneratorNorm,
  type LossName,
  type Preset,
  type StagePlan,
  type StageStart,
  type TrainConfig,
} from '../../shared/domain/trainConfig'
import { STAGE_WORDS } from '../../shared/trainCommand'
import type { DeviceWish } from '../devices/choose'
import {
  channelsOption,
  cropOption,
  deviceOption,
  firstSizeOption,
  lossOption,
  presetOption,
  sizesOf,
  type SizeOptions,
} from './commonOptions'
import type { DataOptions } from './data'
import {
  augmentations,
  criticSteps,
  fraction,
  positive,
  seconds,
  stageChange,
  weight,
  wholeNumber,
  type StageChange,
} from './optionValues'

/** What was typed after `sprout train`. */
export type TrainOptions = DataOptions &
  SizeOptions & {
    data: string
    preset: Preset
    images?: number
    fadeImages?: number
    stableImages?: number
    stage: StageChange[]
    checkpointSeconds: number
    tickImages?: number
    mosaicImages?: number
    tutorial: boolean
    loss?: LossName
    generatorNorm?: GeneratorNorm
    criticSteps?: number
    qualitySamples?: number
    stageStart: StageStart
    latentSize?: number
    fmapBase?: number
    fmapMax?: number
    gradientPenalty?: number
    drift?: number
    r1Gamma?: number
    emaDecay?: number
    minibatchGroup?: number
    beta1?: number
    beta2?: number
    epsilon?: number
    microBatch?: number
    device: DeviceWish
    mirror: boolean
    augment: Augmentation[]
    conditional: boolean
    seed: number
    name?: string
    anyway: boolean
  }

/** Adds the options of `sprout train` to its command. */
export function addTrainOptions(command: Command): Command {
  return command
    .requiredOption('--data <source>', 'sample:emoji, sample:mnist or a folder')
    .addOption(presetOption())
    .option('--to <pixels>', 'final resolution', wholeNumber(1), 32)
    .addOption(firstSizeOption())
    .option('--images <n>', 'stop after this many images', wholeNumber(1))
    .option('--fade-images <n>', 'images of each fade', wholeNumber(0))
    .option('--stable-images <n>', 'images of each stable phase', wholeNumber(1))
    .option(
      '--stage <size:changes>',
      `change one stage, as in 16:fade=2000,batch=8; may be repeated: ${Object.keys(STAGE_WORDS).join(', ')}`,
      stageChange,
      [],
    )
    .option('--checkpoint-seconds <n>', 'seconds between two checkpoints', seconds, 60)
    .option('--tick-images <n>', 'images between two ticks', wholeNumber(1))
    .option('--mosaic-images <n>', 'images between two mosaics', wholeNumber(1))
    .option(
      '--quality-samples <n>',
      'samples that quality is measured on at checkpoints; 0 measures none',
      wholeNumber(0),
    )
    .addOption(
      new Option('--stage-start <weights>', 'which weights a new size starts from')
        .choices(STAGE_STARTS)
        .default('last'),
    )
    .option(
      '--tutorial',
      'what courses train with: batch norm, logistic loss, Adam 2e-4/0.5/0.999; other options go before it',
      false,
    )
    .addOption(lossOption())
    .addOption(
      new Option(
        '--generator-norm <name>',
        'how the generator\'s maps are kept in bounds (default: "pixel")',
      ).choices(GENERATOR_NORMS),
    )
    .option('--critic-steps <n>', 'discriminator updates for one of the generator', criticSteps)
    .option('--latent-size <n>', 'numbers of a latent', wholeNumber(1))
    .option('--fmap-base <n>', 'feature maps times half the size', wholeNumber(1))
    .option('--fmap-max <n>', 'most feature maps of a layer', wholeNumber(1))
    .option('--gradient-penalty <weight>', 'weight of the gradient penalty (wgan-gp)', weight)
    .option('--drift <weight>', 'weight of the drift term (wgan-gp)', weight)
    .option('--r1-gamma <gamma>', 'gamma of R1 (logistic-r1)', weight)
    .option('--ema-decay <decay>', "decay of the generator's moving average, per step", fraction)
    .option('--minibatch-group <n>', 'pictures of a minibatch standard deviation', wholeNumber(1))
    .option('--beta1 <beta>', "Adam's beta1", fraction)
    .option('--beta2 <beta>', "Adam's beta2", fraction)
    .option('--epsilon <epsilon>', "Adam's epsilon", positive)
    .addOption(channelsOption())
    .addOption(cropOption())
    .option('--drop-duplicates', 'leave out files with the same bytes as another', false)
    .option(
      '--micro-batch <n>',
      'go through a batch in parts of this, for less memory',
      wholeNumber(1),
    )
    .addOption(deviceOption())
    .option('--mirror', 'mirror half of the pictures', false)
    .option(
      '--augment <kinds>',
      `for few pictures: some of ${AUGMENTATIONS.join(',')}, or all`,
      augmentations,
      [],
    )
    .option('--conditional', 'tell the networks of classes: the sub-folders of the folder', false)
    .option('--seed <n>', 'seed of everything random', wholeNumber(0), 1)
    .option('--name <name>', 'name of the run')
    .option('--anyway', 'train even what does not seem to fit into memory or on the disk', false)
}

/** The settings of a run as typed on the command line. Throws when sizes are none, in the wrong order or do not go together. */
export function configFrom(
  options: TrainOptions,
  device: Device,
  channels: 1 | 3 | 4,
  classes: readonly string[] | null,
): TrainConfig {
  const usual = trainConfigFor({
    seed: options.seed,
    channels,
    preset: options.preset,
    ...sizesOf(options),
    tutorial: options.tutorial,
    ...(options.loss !== undefined && { loss: options.loss }),
    ...(options.generatorNorm !== undefined && { generatorNorm: options.generatorNorm }),
    ...(options.criticSteps !== undefined && { criticSteps: options.criticSteps }),
    mirror: options.mirror,
    augment: options.augment,
    classes,
    imageLimit: options.images ?? null,
    microBatch: options.microBatch ?? null,
    device,
    ...(options.fadeImages !== undefined && { fadeImages: options.fadeImages }),
    ...(options.stableImages !== undefined && { stableImages: options.stableImages }),
  })
  const { adam, intervals } = usual
  return v.parse(TrainConfigSchema, {
    ...usual,
    latentSize: options.latentSize ?? usual.latentSize,
    fmapBase: options.fmapBase ?? usual.fmapBase,
    fmapMax: options.fmapMax ?? usual.fmapMax,
    gradientPenaltyWeight: options.gradientPenalty ?? usual.gradientPenaltyWeight,
    driftWeight: options.drift ?? usual.driftWeight,
    r1Gamma: options.r1Gamma ?? usual.r1Gamma,
    emaDecay: options.emaDecay ?? usual.emaDecay,
    minibatchGroup: options.minibatchGroup ?? usual.minibatchGroup,
    adam: {
      beta1: options.beta1 ?? adam.beta1,
      beta2: options.beta2 ?? adam.beta2,
      epsilon: options.epsilon ?? adam.epsilon,
    },
    qualitySamples: options.qualitySamples ?? usual.qualitySamples,
    stageStart: options.stageStart,
    stages: changed(usual.stages, options.stage),
    intervals: {
      tickImages: options.tickImages ?? intervals.tickImages,
      mosaicImages: options.mosaicImages ?? intervals.mosaicImages,
      checkpointSeconds: options.checkpointSeconds,
    },
  })
}

function changed(stages: readonly StagePlan[], changes: readonly StageChange[]): StagePlan[] {
  const unknown = changes.find(
    ({ resolution }) => !stages.some((stage) => stage.resolution === resolution),
  )
  if (unknown !== undefined) {
    throw new Error(`--stage ${unknown.resolution}: this run has no stage of that size.`)
  }
  return stages.map((stage) =>
    changes
      .filter(({ resolution }) => resolution === stage.resolution)
      .reduce((plan, change) => ({ ...plan, ...change.plan }), stage),
  )
}
