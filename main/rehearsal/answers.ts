import { createHash } from 'node:crypto'
import { arch, cpus, hostname, platform, release, totalmem } from 'node:os'
import * as v from 'valibot'
import { ComplaintSchema } from '../../shared/domain/explanation'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { version } from '../../package.json'
import { hardestSegment } from './segments'

/** What one stage takes on this machine, as measured. */
export const StageMeasureSchema = v.object({
  /** Seconds until the step's program is ready to run. */
  compileSeconds: v.number(),
  /** Median seconds of one step. */
  stepSeconds: v.number(),
  /** Steps that the median is of. */
  steps: v.number(),
  /** Most memory that the process had, in bytes. */
  peakBytes: v.number(),
})
/** See {@link StageMeasureSchema}. */
export type StageMeasure = v.InferOutput<typeof StageMeasureSchema>

/** What trying a stage found. */
export const StageAnswerSchema = v.variant('kind', [
  v.object({ kind: v.literal('measured'), measure: StageMeasureSchema }),
  /** It took more than `bytes`, and was ended, by itself or by the system. */
  v.object({ kind: v.literal('exceeded'), bytes: v.number() }),
  v.object({ kind: v.literal('failed'), ...ComplaintSchema.entries }),
])
/** See {@link StageAnswerSchema}. */
export type StageAnswer = v.InferOutput<typeof StageAnswerSchema>

/** Settings that change neither the step's program nor what it takes. */
const WITHOUT_WEIGHT = [
  'seed',
  'preset',
  'stages',
  'pictures',
  'imageLimit',
  'intervals',
  // These two are part of the place.
  'threads',
  'device',
]

/** Where a stage is tried. */
export type Place = { readonly device: string; readonly threads: number; readonly machine: string }

/** The key of an answer: equal whenever the same would be found, so any setting not known to be without weight counts. */
export function answerKey(config: TrainConfig, stage: number, place: Place): string {
  const settings = Object.entries(config)
    .filter(([name]) => !WITHOUT_WEIGHT.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const {
    fadeImages: _fade,
    stableImages: _stable,
    learningRate: _rate,
    ...plan
  } = config.stages[stage]!
  const { phase } = hardestSegment(config, stage)
  const text = JSON.stringify([version, place, { ...plan, phase }, settings])
  return createHash('sha256').update(text).digest('hex')
}

/** Tells this machine from others that a home folder may be carried to. */
export function machineId(): string {
  const processors = cpus()
  const parts = [hostname(), platform(), release(), arch(), processors[0]?.model, totalmem()]
  return [...parts, processors.length].join('/')
}
