import * as v from 'valibot'
import { BytesSchema } from '../domain/bytes'
import { RunChangesSchema, RunDetailsSchema, RunSummarySchema } from '../domain/run'
import { ResolutionSchema } from '../domain/resolution'
import { TrainConfigSchema } from '../domain/trainConfig'
import type { RequestSpec } from './service'

const runId = v.object({ runId: v.string() })
const ofCheckpoint = v.object({ runId: v.string(), checkpointId: v.number() })
const nothing = v.void()
const job = v.object({ jobId: v.string() })

/** A deleted run that can still be had back. */
export const TrashedRunSchema = v.object({
  runId: v.string(),
  name: v.string(),
  diskBytes: v.number(),
  /** Milliseconds since 1970. */
  trashedAt: v.number(),
})
/** See {@link TrashedRunSchema}. */
export type TrashedRun = v.InferOutput<typeof TrashedRunSchema>

/** Requests to the library about the history: what is said of runs, their files, branches and pictures. */
export const historyRequests = {
  /**
   * What became of the runs since an earlier answer: those that are new or changed, and the ids of all there are.
   * `revision` is the earlier answer's, 0 for the first; a list of a thousand runs then costs what changed.
   */
  runsSince: {
    input: v.object({ revision: v.number() }),
    output: v.object({
      revision: v.number(),
      changed: v.array(RunSummarySchema),
      ids: v.array(v.string()),
    }),
  },
  /** The newest mosaic as a small WebP file; null before the first. */
  thumbnail: { input: runId, output: v.nullable(BytesSchema) },
  /** Changes what is said of a run, also while it trains. */
  updateRun: {
    input: v.object({ runId: v.string(), changes: RunChangesSchema }),
    output: RunSummarySchema,
  },
  /** Moves a run to the trash, where it stays for a week; refused while it trains. */
  trashRun: { input: runId, output: nothing },
  restoreRun: { input: runId, output: RunSummarySchema },
  listTrash: { input: nothing, output: v.array(TrashedRunSchema) },
  /** Removes all that is in the trash from the disk, for good. */
  emptyTrash: { input: nothing, output: nothing },
  /**
   * Makes a run that goes on from another's checkpoint, with settings that may differ in what can change there
   * (`shared/domain/branch.ts`). Its history until then is its parent's.
   */
  branchRun: {
    input: v.object({
      ...ofCheckpoint.entries,
      name: RunDetailsSchema.entries.name,
      config: TrainConfigSchema,
      /** Pictures that `prepareForRun` has made larger; the parent's where left out. */
      datasetId: v.optional(v.string()),
    }),
    output: RunSummarySchema,
  },
  /**
   * Prepares the pictures of a run for sizes up to `finalResolution`, so that a branch can grow on; a job whose
   * `done.result` is the dataset's id.
   */
  prepareForRun: {
    input: v.object({ runId: v.string(), finalResolution: ResolutionSchema }),
    output: job,
  },
  /** Makes a run go on from an earlier checkpoint of its own: what came after it is dropped. Refused while it trains. */
  rewindRun: { input: ofCheckpoint, output: RunSummarySchema },
  /** Writes a copy of a run's file, also while it trains; a job whose `done.result` is the copy's path. */
  exportRun: {
    input: v.object({ runId: v.string(), file: v.pipe(v.string(), v.minLength(1)) }),
    output: job,
  },
  /**
   * Makes a copy of a run's file, named after the run, for dragging it out of the window: a job whose `done.result` is
   * the copy's path. One that is still up to date is taken as it is.
   */
  copyRunForDrag: { input: runId, output: job },
  /** Checks a run file from elsewhere and takes a copy of it in; a job whose `done.result` is the run's id. */
  importRun: { input: v.object({ file: v.pipe(v.string(), v.minLength(1)) }), output: job },
} as const satisfies Readonly<Record<string, RequestSpec>>
