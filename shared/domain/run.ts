import * as v from 'valibot'
import { DatasetSourceSchema } from './dataset'
import { QualitySchema } from './quality'
import { TrainConfigSchema } from './trainConfig'

/**
 * What a run is doing. `interrupted` is never stored: it is what a run reads as that says `training` while
 * no process holds its lock, as after a crash or a pulled plug.
 */
export const RUN_STATES = [
  'new',
  'training',
  'paused',
  'interrupted',
  'finished',
  'failed',
] as const
/** One of {@link RUN_STATES}. */
export type RunState = (typeof RUN_STATES)[number]

/** One word or two by which runs are found again. */
export const TagSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(40))

/** What a person says about a run. Kept in its file, so that it goes where the file goes. */
export const RunDetailsSchema = v.object({
  name: v.pipe(v.string(), v.trim(), v.minLength(1, 'A run needs a name.'), v.maxLength(120)),
  tags: v.pipe(v.array(TagSchema), v.maxLength(30)),
  note: v.pipe(v.string(), v.maxLength(10_000)),
  starred: v.boolean(),
})
/** See {@link RunDetailsSchema}. */
export type RunDetails = v.InferOutput<typeof RunDetailsSchema>

/** Some of {@link RunDetailsSchema}: what is to be changed. */
export const RunChangesSchema = v.partial(RunDetailsSchema)
/** See {@link RunChangesSchema}. */
export type RunChanges = v.InferOutput<typeof RunChangesSchema>

/** Where a branch left the run that it comes from. */
export const RunParentSchema = v.object({
  runId: v.string(),
  /** As the parent was called then; it may be renamed or gone since. */
  name: v.string(),
  checkpointId: v.number(),
  imagesSeen: v.number(),
})
/** See {@link RunParentSchema}. */
export type RunParent = v.InferOutput<typeof RunParentSchema>

/** A run as the history lists it. */
export const RunSummarySchema = v.object({
  id: v.string(),
  name: v.string(),
  tags: v.array(v.string()),
  note: v.string(),
  starred: v.boolean(),
  file: v.string(),
  state: v.picklist(RUN_STATES),
  config: TrainConfigSchema,
  datasetId: v.string(),
  datasetName: v.string(),
  datasetSource: DatasetSourceSchema,
  imagesSeen: v.number(),
  createdAt: v.number(),
  /** Milliseconds since 1970 of the last tick, checkpoint or event. */
  lastActivityAt: v.number(),
  /** Seconds in which it trained, from start to end of each sitting. */
  trainedSeconds: v.number(),
  /** Bytes of its file and of the log beside it. */
  diskBytes: v.number(),
  /** The event that brought the newest mosaic, or null before the first; its thumbnail is asked for apart. */
  mosaicSeq: v.nullable(v.number()),
  /** Of its best checkpoint of the largest resolution that was measured; null before the first measurement. */
  quality: v.nullable(QualitySchema),
  /** Null for a run that began from nothing. */
  parent: v.nullable(RunParentSchema),
  /** What went wrong, for a failed run. */
  failure: v.nullable(v.string()),
})
/** See {@link RunSummarySchema}. */
export type RunSummary = v.InferOutput<typeof RunSummarySchema>

/** Why a checkpoint is kept. */
export const CHECKPOINT_KINDS = ['regular', 'stage-end', 'final', 'pinned'] as const

/** A checkpoint without its tensors. */
export const CheckpointInfoSchema = v.object({
  id: v.number(),
  imagesSeen: v.number(),
  step: v.number(),
  kind: v.picklist(CHECKPOINT_KINDS),
  createdAt: v.number(),
})
/** See {@link CheckpointInfoSchema}. */
export type CheckpointInfo = v.InferOutput<typeof CheckpointInfoSchema>

/** What checking every checkpoint of a run file found. */
export const VerifyReportSchema = v.object({
  runId: v.string(),
  /** SQLite's own integrity check passed. */
  fileIntact: v.boolean(),
  checkpoints: v.array(v.object({ info: CheckpointInfoSchema, problems: v.array(v.string()) })),
})
/** See {@link VerifyReportSchema}. */
export type VerifyReport = v.InferOutput<typeof VerifyReportSchema>
