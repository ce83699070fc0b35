import * as v from 'valibot'
import { BytesSchema } from './bytes'
import { DatasetSourceSchema } from './dataset'
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

/** A run as the history lists it. */
export const RunSummarySchema = v.object({
  id: v.string(),
  name: v.string(),
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
  /** The newest mosaic as a WebP file, or null before the first. */
  thumbnail: v.nullable(BytesSchema),
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
