import type { RunSummary } from '../../shared/domain/run'
import { RESOLUTIONS } from '../../shared/domain/resolution'
import type { StagePlan } from '../../shared/domain/trainConfig'

/** Which setting a row is about; one with a size belongs to that size's stage. */
export type SettingKey =
  | 'dataset'
  | 'pictures'
  | 'channels'
  | 'classes'
  | 'preset'
  | 'maps'
  | 'latent'
  | 'norm'
  | 'first'
  | 'final'
  | 'loss'
  | 'penalty'
  | 'drift'
  | 'r1'
  | 'critic'
  | 'adam'
  | 'ema'
  | 'group'
  | 'mirror'
  | 'augment'
  | 'seed'
  | 'device'
  | 'threads'
  | 'limit'
  | 'intervals'
  | 'quality'
  | 'qualitySamples'
  | 'stageStart'
  | 'parent'
  | 'fade'
  | 'stable'
  | 'batch'
  | 'rate'

/** One setting of several runs; a value is null where a run has none. */
export type SettingRow = {
  key: SettingKey
  /** The stage's size, for settings of a stage. */
  size: number | null
  values: (string | number | boolean | null)[]
  differs: boolean
}

type Value = SettingRow['values'][number]

const WHOLE: readonly (readonly [SettingKey, (run: RunSummary) => Value])[] = [
  ['quality', (run) => run.quality?.distance ?? null],
  ['parent', (run) => run.parent && `${run.parent.name} @ ${run.parent.imagesSeen}`],
  ['dataset', (run) => run.datasetName],
  ['pictures', (run) => run.config.pictures],
  ['channels', (run) => run.config.channels],
  ['classes', (run) => run.config.classes && run.config.classes.length],
  ['preset', (run) => run.config.preset],
  ['maps', (run) => `${run.config.fmapMax} / ${run.config.fmapBase}`],
  ['latent', (run) => run.config.latentSize],
  ['norm', (run) => run.config.generatorNorm],
  ['first', (run) => run.config.stages[0]!.resolution],
  ['final', (run) => run.config.stages.at(-1)!.resolution],
  ['loss', (run) => run.config.loss],
  ['penalty', (run) => (run.config.loss === 'wgan-gp' ? run.config.gradientPenaltyWeight : null)],
  ['drift', (run) => (run.config.loss === 'wgan-gp' ? run.config.driftWeight : null)],
  ['r1', (run) => (run.config.loss === 'logistic-r1' ? run.config.r1Gamma : null)],
  ['critic', (run) => run.config.criticSteps],
  ['adam', ({ config: { adam } }) => `${adam.beta1} / ${adam.beta2} / ${adam.epsilon}`],
  ['ema', (run) => run.config.emaDecay],
  ['group', (run) => run.config.minibatchGroup],
  ['mirror', (run) => run.config.mirror],
  ['augment', (run) => run.config.augment.join(', ') || null],
  ['seed', (run) => run.config.seed],
  ['device', (run) => run.config.device],
  ['threads', (run) => run.config.threads],
  ['limit', (run) => run.config.imageLimit],
  [
    'intervals',
    ({ config: { intervals } }) =>
      `${intervals.tickImages} / ${intervals.mosaicImages} / ${intervals.checkpointSeconds}`,
  ],
  ['qualitySamples', (run) => run.config.qualitySamples],
  ['stageStart', (run) => run.config.stageStart],
]

const OF_STAGE: readonly (readonly [SettingKey, (plan: StagePlan) => Value])[] = [
  ['fade', (plan) => plan.fadeImages],
  ['stable', (plan) => plan.stableImages],
  [
    'batch',
    (plan) => (plan.microBatch === null ? plan.batch : `${plan.batch} (${plan.microBatch})`),
  ],
  ['rate', (plan) => plan.learningRate],
]

/** All settings of runs side by side, whole ones first, then stage by stage; a value per run. */
export function settingsDiff(runs: readonly RunSummary[]): SettingRow[] {
  const whole = WHOLE.map(([key, of]) => row(key, null, runs.map(of)))
  const stages = RESOLUTIONS.flatMap((size) => {
    const plans = runs.map((run) => run.config.stages.find((plan) => plan.resolution === size))
    if (plans.every((plan) => plan === undefined)) return []
    return OF_STAGE.map(([key, of]) =>
      row(
        key,
        size,
        plans.map((plan) => (plan === undefined ? null : of(plan))),
      ),
    )
  })
  return [...whole, ...stages].filter(({ values }) => values.some((value) => value !== null))
}

function row(key: SettingKey, size: number | null, values: Value[]): SettingRow {
  return { key, size, values, differs: values.some((value) => value !== values[0]) }
}
