import * as v from 'valibot'
import { BytesSchema } from './bytes'
import { ResolutionSchema } from './resolution'

/** One stored mosaic without its picture. */
export const MosaicEntrySchema = v.object({
  /** The event's place in the run's order; names the mosaic. */
  seq: v.number(),
  /** Milliseconds since 1970. */
  at: v.number(),
  imagesSeen: v.number(),
  resolution: ResolutionSchema,
  alpha: v.number(),
  columns: v.number(),
  rows: v.number(),
  /** It goes when the next mosaic comes. */
  interim: v.boolean(),
})
/** See {@link MosaicEntrySchema}. */
export type MosaicEntry = v.InferOutput<typeof MosaicEntrySchema>

/** A picture on its way to a canvas: a WebP file, or rows of RGBA pixels. */
export const FrameSchema = v.object({
  width: v.number(),
  height: v.number(),
  type: v.picklist(['webp', 'rgba']),
  bytes: BytesSchema,
})
/** See {@link FrameSchema}. */
export type Frame = v.InferOutput<typeof FrameSchema>

/** A {@link Frame} of the mosaic `seq`. */
export const MosaicFrameSchema = v.object({ seq: v.number(), frame: FrameSchema })
/** See {@link MosaicFrameSchema}. */
export type MosaicFrame = v.InferOutput<typeof MosaicFrameSchema>

/** Most frames that one question may name. */
export const MAX_FRAMES = 64
