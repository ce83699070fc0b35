import * as v from 'valibot'
import { FadeViewSchema } from '../domain/fadeMicroscope'
import {
  FrameSchema,
  MAX_FRAMES,
  MosaicEntrySchema,
  MosaicFrameSchema,
} from '../domain/mosaicHistory'
import { StoredCheckpointSchema } from '../domain/storedCheckpoint'
import type { RequestSpec } from './service'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const positive = v.pipe(v.number(), v.integer(), v.minValue(1))
/** Pictures a side of a mosaic, of which Sprout's have far fewer. */
const side = v.pipe(positive, v.maxValue(256))
const alpha = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const runId = v.string()

/** Requests of the library about a run's pictures and checkpoints. */
export const runPictures = {
  /** All mosaics that count, oldest first, without their pictures. */
  mosaicList: { input: v.object({ runId }), output: v.array(MosaicEntrySchema) },
  /**
   * Pictures of the named mosaics, in that order; those that are gone are left out. With `tile` (row by row) of
   * that tile alone. A picture of more than `maxPixels` comes smaller.
   */
  mosaicFrames: {
    input: v.object({
      runId,
      seqs: v.pipe(v.array(count), v.maxLength(MAX_FRAMES)),
      tile: v.nullable(count),
      maxPixels: positive,
    }),
    output: v.array(MosaicFrameSchema),
  },
  /**
   * Real pictures in a mosaic's grid as the discriminator saw them after `imagesSeen` images: of the same resolution,
   * as far faded in. Always the same pictures; in a run with classes, each row's of the mosaic's class.
   */
  realPictures: {
    input: v.object({
      runId,
      imagesSeen: count,
      columns: side,
      rows: side,
      maxPixels: positive,
    }),
    output: FrameSchema,
  },
  /** All checkpoints in the run's file, oldest first. */
  listCheckpoints: { input: v.object({ runId }), output: v.array(StoredCheckpointSchema) },
  /** Keeps a checkpoint for good, or no longer. Refused while the run trains: its trainer takes the same request. */
  pinCheckpoint: {
    input: v.object({ runId, checkpointId: count, pinned: v.boolean() }),
    output: v.void(),
  },
  /**
   * The newest checkpoint inside a fade, or in the fade of `stage`, drawn by both paths and blended with `alpha` (null:
   * with the weight that the checkpoint was saved at). Null when there is none.
   */
  fadeMicroscope: {
    input: v.object({ runId, stage: v.nullable(count), alpha: v.nullable(alpha) }),
    output: v.nullable(FadeViewSchema),
  },
} as const satisfies Record<string, RequestSpec>
