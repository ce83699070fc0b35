import * as v from 'valibot'
import { ComplaintSchema } from './explanation'
import { CheckpointInfoSchema } from './run'

/** A file among the runs and datasets that cannot be used, and why, in one line. */
export const ProblemSchema = v.object({
  kind: v.picklist(['run', 'dataset']),
  /** By its file's name. */
  id: v.string(),
  file: v.string(),
  ...ComplaintSchema.entries,
})
/** See {@link ProblemSchema}. */
export type Problem = v.InferOutput<typeof ProblemSchema>

/** What a repair of a file kept and lost. */
export const RepairReportSchema = v.object({
  kind: v.picklist(['run', 'dataset']),
  id: v.string(),
  file: v.string(),
  /** Where the damaged file is now; null when nothing was wrong with it, and nothing was done. */
  kept: v.nullable(v.string()),
  /** Of a run: the checkpoints that are intact, oldest first; empty for a dataset. */
  checkpoints: v.array(CheckpointInfoSchema),
  /** Images seen of each checkpoint that is lost. */
  lostCheckpoints: v.array(v.number()),
  /** Events of the history that are lost, as far as their numbers tell; mosaics among them. */
  lostEvents: v.number(),
  lostMosaics: v.number(),
  /** Of a dataset: pictures that were prepared anew from their source. */
  preparedAgain: v.number(),
})
/** See {@link RepairReportSchema}. */
export type RepairReport = v.InferOutput<typeof RepairReportSchema>

/** The report of a file that was found sound, before anything else is known of it. */
export function nothingLost(kind: RepairReport['kind'], id: string, file: string): RepairReport {
  return {
    kind,
    id,
    file,
    kept: null,
    checkpoints: [],
    lostCheckpoints: [],
    lostEvents: 0,
    lostMosaics: 0,
    preparedAgain: 0,
  }
}
