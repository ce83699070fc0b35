import { InvalidArgumentError, Option, type Command } from 'commander'
import * as v from 'valibot'
import { CROP_MODES } from '../../shared/domain/dataset'
import { DEVICES, type Device } from '../../shared/domain/device'
import { RESOLUTIONS, ResolutionSchema, type Resolution } from '../../shared/domain/resolution'
import {
  AUGMENTATIONS,
  GENERATOR_NORMS,
  LOSSES,
  MOST_CRITIC_STEPS,
  PRESETS,
  STAGE_STARTS,
  trainConfigFor,
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
import type { DataOptions } from './data'

/** Changes to one stage. */
type StageChange = { resolution: Resolution; plan: Partial<StagePlan> }

/** What was typed after `sprout train`. */
export type TrainOptions = DataOptions & {
  data: string
  preset: Preset
  from: '4' | '8'
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

/** Reads a whole number of at least `least`. */
export function wholeNumber(least: number) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`give a whole number of at least ${least}.`)
    }
    return value
  }
}

function amount(what: string, fits: (value: number) => boolean) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || !fits(value)) {
      throw new InvalidArgumentError(`give ${what}.`)
    }
    return value
  }
}

/** A commander parser of the discriminator's updates in a step. */
export function criticSteps(text: string): number {
  const value = wholeNumber(1)(text)
  if (value <= MOST_CRITIC_STEPS) return value
  throw new InvalidArgumentError(`give a whole number from 1 to ${MOST_CRITIC_STEPS}.`)
}

const weight = amount('a number of at least 0', (value) => value >= 0)
const fraction = amount('a number from 0 to below 1', (value) => value >= 0 && value < 1)
const positive = amount('a number above 0', (value) => value > 0)
/** A commander parser of a number of seconds. */
export const seconds = amount('a number of seconds above 0', (value) => value > 0)

function augmentations(text: string): Augmentation[] {
  if (text === 'all') return [...AUGMENTATIONS]
  return text.split(',').map((word) => {
    const kind = AUGMENTATIONS.find((known) => known === word.trim())
    if (kind !== undefined) return kind
    throw new InvalidArgumentError(`give some of ${AUGMENTATIONS.join(',')}, or all.`)
  })
}

/** Reads `16:fade=2000,batch=8`. */
function stageChange(text: string, before: StageChange[]): StageChange[] {
  const [size, words] = text.split(':')
  const resolution = RESOLUTIONS.find((known) => `${known}` === size)
  if (resolution === undefined || words === undefined || words === '') {
    throw new InvalidArgumentError('give a size and what to change, as in 16:fade=2000,batch=8.')
  }
  const plan: Partial<StagePlan> = {}
  for (const change of words.split(',')) {
    const [word, value] = change.split('=')
    const key = Object.entries(STAGE_WORDS).find(([known]) => known === word)?.[1]
    if (key === undefined || value === undefined) {
      throw new InvalidArgumentError(`give some of ${Object.keys(STAGE_WORDS).join(', ')}.`)
    }
    if (key === 'microBatch') plan.microBatch = value === 'none' ? null : wholeNumber(1)(value)
    else if (key === 'learningRate') plan.learningRate = positive(value)
    else plan[key] = wholeNumber(key === 'fadeImages' ? 0 : 1)(value)
  }
  return [...before, { resolution, plan }]
}

/** Adds the options of `sprout train` to its command. */
export function addTrainOptions(command: Command): Command {
  return command
    .requiredOption('--data <source>', 'sample:emoji, sample:mnist or a folder')
    .addOption(
      new Option('--preset <name>', 'size of the networks').choices(PRESETS).default('tiny'),
    )
    .option('--to <pixels>', 'final resolution', wholeNumber(1), 32)
    .addOption(new Option('--from <pixels>', 'first resolution').choices(['4', '8']).default('4'))
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
    .addOption(new Option('--loss <name>', 'objective (default: "wgan-gp")').choices(LOSSES))
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
    .addOption(new Option('--channels <n>', 'picture channels').choices(['1', '3', '4']))
    .addOption(cropOption())
    .option('--drop-duplicates', 'leave out files with the same bytes as another', false)
    .option(
      '--micro-batch <n>',
      'go through a batch in parts of this, for less memory',
      wholeNumber(1),
    )
    .addOption(
      new Option('--device <name>', 'what to compute with; auto takes the fastest that works')
        .choices([...DEVICES, 'auto'])
        .default('cpu'),
    )
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

/** How pictures become squares. */
export function cropOption(): Option {
  return new Option('--crop <mode>', 'how to square').choices(CROP_MODES).default('centre')
}

/** The settings of a run as typed on the command line. Throws when sizes are none, in the wrong order or do not go together. */
export function configFrom(
  options: TrainOptions,
  device: Device,
  channels: 1 | 3 | 4,
  classes: readonly string[] | null,
): TrainConfig {
  const finalResolution = v.parse(ResolutionSchema, options.to)
  const firstResolution = options.from === '8' ? 8 : 4
  if (finalResolution < firstResolution) {
    throw new Error(`--to ${finalResolution} is below --from ${firstResolution}.`)
  }
  const usual = trainConfigFor({
    seed: options.seed,
    channels,
    preset: options.preset,
    firstResolution,
    finalResolution,
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
