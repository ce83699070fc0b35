import type { DatasetSource, PrepareOptions } from './domain/dataset'
import { isTutorial, trainConfigFor } from './domain/presets'
import type { StagePlan, TrainConfig } from './domain/trainConfig'

/** What a run is made of: all that `sprout train` needs to make the same one. */
export type PlannedRun = {
  config: TrainConfig
  prepare: Pick<PrepareOptions, 'source' | 'crop' | 'dropDuplicates'>
  /** Null leaves the name to the command. */
  name: string | null
}

/** Settings of a single stage that `--stage` can change, by the words that it knows them by. */
export const STAGE_WORDS = {
  fade: 'fadeImages',
  stable: 'stableImages',
  batch: 'batch',
  'micro-batch': 'microBatch',
  'learning-rate': 'learningRate',
} as const satisfies Record<string, keyof StagePlan>

/** Options of `sprout train` for single numbers of the settings. */
export const NUMBER_OPTIONS = [
  ['--latent-size', 'latentSize'],
  ['--fmap-base', 'fmapBase'],
  ['--fmap-max', 'fmapMax'],
  ['--gradient-penalty', 'gradientPenaltyWeight'],
  ['--drift', 'driftWeight'],
  ['--r1-gamma', 'r1Gamma'],
  ['--ema-decay', 'emaDecay'],
  ['--minibatch-group', 'minibatchGroup'],
  ['--critic-steps', 'criticSteps'],
] as const satisfies readonly (readonly [string, keyof TrainConfig])[]

/** The command that makes and trains a run, for a terminal: whatever follows from its other words is left out. */
export function trainCommand(planned: PlannedRun): string {
  return ['npx', 'sprout', ...trainArguments(planned)].map(quoted).join(' ')
}

/** The words of {@link trainCommand} after the program's name, unquoted. */
export function trainArguments({ config, prepare, name }: PlannedRun): string[] {
  const { stages, adam, intervals, device } = config
  const first = stages[0]!.resolution
  const tutorial = isTutorial(config)
  const fadeImages = common(stages.slice(1).map((stage) => stage.fadeImages))
  const stableImages = common(stages.map((stage) => stage.stableImages))
  const usual = trainConfigFor({
    seed: config.seed,
    channels: config.channels,
    preset: config.preset,
    firstResolution: first === 8 ? 8 : 4,
    finalResolution: stages.at(-1)!.resolution,
    tutorial,
    loss: config.loss,
    ...(fadeImages !== null && { fadeImages }),
    ...(stableImages !== null && { stableImages }),
  })
  const number = (option: string, value: number, otherwise: number | null) =>
    value === otherwise ? [] : [option, `${value}`]
  return [
    'train',
    '--data',
    sourceWord(prepare.source),
    ...(prepare.crop === 'centre' ? [] : ['--crop', prepare.crop]),
    ...(prepare.dropDuplicates ? ['--drop-duplicates'] : []),
    '--channels',
    `${config.channels}`,
    '--preset',
    config.preset,
    ...number('--from', first, 4),
    '--to',
    `${stages.at(-1)!.resolution}`,
    ...(fadeImages === null ? [] : ['--fade-images', `${fadeImages}`]),
    ...(stableImages === null ? [] : ['--stable-images', `${stableImages}`]),
    ...stages.flatMap((stage, i) => stageWords(stage, usual.stages[i]!)),
    ...(config.imageLimit === null ? [] : ['--images', `${config.imageLimit}`]),
    ...(tutorial ? ['--tutorial'] : ['--loss', config.loss]),
    ...(config.generatorNorm === usual.generatorNorm
      ? []
      : ['--generator-norm', config.generatorNorm]),
    ...NUMBER_OPTIONS.flatMap(([option, key]) => number(option, config[key], usual[key])),
    ...number('--beta1', adam.beta1, usual.adam.beta1),
    ...number('--beta2', adam.beta2, usual.adam.beta2),
    ...number('--epsilon', adam.epsilon, usual.adam.epsilon),
    ...(config.mirror ? ['--mirror'] : []),
    ...(config.augment.length > 0 ? ['--augment', config.augment.join(',')] : []),
    ...(config.classes === null ? [] : ['--conditional']),
    ...(device === 'cpu' ? [] : ['--device', device]),
    ...number('--tick-images', intervals.tickImages, usual.intervals.tickImages),
    ...number('--mosaic-images', intervals.mosaicImages, usual.intervals.mosaicImages),
    ...number(
      '--checkpoint-seconds',
      intervals.checkpointSeconds,
      usual.intervals.checkpointSeconds,
    ),
    ...number('--quality-samples', config.qualitySamples, usual.qualitySamples),
    ...(config.stageStart === usual.stageStart ? [] : ['--stage-start', config.stageStart]),
    '--seed',
    `${config.seed}`,
    ...(name === null ? [] : ['--name', name]),
  ]
}

function stageWords(stage: StagePlan, usual: StagePlan): string[] {
  const changes = Object.entries(STAGE_WORDS).flatMap(([word, key]) =>
    stage[key] === usual[key] ? [] : [`${word}=${stage[key] ?? 'none'}`],
  )
  return changes.length === 0 ? [] : ['--stage', `${stage.resolution}:${changes.join(',')}`]
}

function sourceWord(source: DatasetSource): string {
  return source.kind === 'sample' ? `sample:${source.name}` : source.path
}

/** The one value that all have; null when they differ, or there are none. */
function common(values: readonly number[]): number | null {
  return values.length > 0 && values.every((value) => value === values[0]) ? values[0]! : null
}

/** A word as a shell takes it: double quotes, which all shells know, where nothing in them would be special. */
function quoted(word: string): string {
  if (/^[\w@+=:,./-]+$/.test(word)) return word
  if (!/["$`!%]|\\\\|\\$|\n/.test(word)) return `"${word}"`
  return `'${word.replaceAll("'", `'\\''`)}'`
}
