import * as v from 'valibot'
import { TrainConfigSchema } from '../../shared/domain/trainConfig'
import type { JobSpec } from '../../shared/jobs'
import { StageMeasureSchema } from './answers'

/** What a stage's rehearsal is doing. */
export const MEASURE_PHASES = ['compiling', 'warming', 'timing'] as const
/** One of {@link MEASURE_PHASES}. */
export type MeasurePhase = (typeof MEASURE_PHASES)[number]

/** Tries one stage in a process of its own, whose peak memory is then the stage's. */
export const rehearseStage = {
  kind: 'rehearseStage',
  input: v.object({
    config: TrainConfigSchema,
    stage: v.number(),
    threads: v.number(),
    /** The home folder, which remembers the fastest kernels of this machine. */
    homeFolder: v.string(),
    /** The process ends itself once it has this much memory. */
    mostBytes: v.number(),
  }),
  progress: v.picklist(MEASURE_PHASES),
  result: StageMeasureSchema,
} as const satisfies JobSpec

/** The last words of a process that ended itself for its memory. */
export const TOO_MUCH_MEMORY = 'The memory limit was reached.'
