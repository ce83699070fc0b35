import * as v from 'valibot'
import { CheckpointInfoSchema } from './run'

/** A checkpoint as it lies in a run's file. */
export const StoredCheckpointSchema = v.object({
  ...CheckpointInfoSchema.entries,
  /** Bytes of its tensors. */
  bytes: v.number(),
  /** A person asked to keep it: it is never thinned out. */
  pinned: v.boolean(),
  /** Distance of its samples from the pictures (see `QualitySchema`); null where it was not measured. */
  quality: v.nullable(v.number()),
  /** No checkpoint of its resolution has a better quality. */
  best: v.boolean(),
})
/** See {@link StoredCheckpointSchema}. */
export type StoredCheckpoint = v.InferOutput<typeof StoredCheckpointSchema>
