import * as v from 'valibot'
import { BytesSchema } from './bytes'
import { ResolutionSchema } from './resolution'

/** How a picture that is not square becomes one. */
export const CROP_MODES = ['centre', 'pad'] as const

/** Data sets that come with the app. */
export const SAMPLE_NAMES = ['emoji', 'mnist'] as const
/** One of {@link SAMPLE_NAMES}. */
export type SampleName = (typeof SAMPLE_NAMES)[number]

/** Where pictures come from: a folder of the person's own, or sample data. */
export const DatasetSourceSchema = v.variant('kind', [
  v.object({ kind: v.literal('folder'), path: v.pipe(v.string(), v.minLength(1)) }),
  v.object({ kind: v.literal('sample'), name: v.picklist(SAMPLE_NAMES) }),
])
/** See {@link DatasetSourceSchema}. */
export type DatasetSource = v.InferOutput<typeof DatasetSourceSchema>

/** How a source's pictures are prepared; two equal values give the same dataset file. */
export const PrepareOptionsSchema = v.object({
  source: DatasetSourceSchema,
  crop: v.picklist(CROP_MODES),
  channels: v.picklist([1, 3, 4]),
  /** The largest level prepared; every smaller power of two down to 4 is prepared too. */
  finalResolution: ResolutionSchema,
})
/** See {@link PrepareOptionsSchema}. */
export type PrepareOptions = v.InferOutput<typeof PrepareOptionsSchema>

/** A file left out of a dataset, with the reason in words a person can act on. */
export const SkippedFileSchema = v.object({ path: v.string(), reason: v.string() })
/** See {@link SkippedFileSchema}. */
export type SkippedFile = v.InferOutput<typeof SkippedFileSchema>

/** Pictures of one kind: those of one sub-folder. */
export const PictureClassSchema = v.object({ name: v.string(), pictures: v.number() })
/** See {@link PictureClassSchema}. */
export type PictureClass = v.InferOutput<typeof PictureClassSchema>

/** A prepared (or partly prepared) dataset as the library lists it. */
export const DatasetSummarySchema = v.object({
  id: v.string(),
  name: v.string(),
  options: PrepareOptionsSchema,
  /** Pictures ready for training. */
  pictures: v.number(),
  skipped: v.number(),
  /** In the order of their numbers; empty when no picture has a class. */
  classes: v.optional(v.array(PictureClassSchema), []),
  state: v.picklist(['preparing', 'ready']),
  createdAt: v.number(),
})
/** See {@link DatasetSummarySchema}. */
export type DatasetSummary = v.InferOutput<typeof DatasetSummarySchema>

/** What a first look at a source found, before anything is decoded in full. */
export const SourceScanSchema = v.object({
  name: v.string(),
  files: v.number(),
  byFormat: v.record(v.string(), v.number()),
  /** A guess from the first pictures: 1 when all are grey, 4 when some have transparency, else 3. */
  channels: v.picklist([1, 3, 4]),
  /** Sub-folders with pictures, by name; pictures that lie directly in the folder belong to none. */
  classes: v.optional(v.array(PictureClassSchema), []),
  skipped: v.array(SkippedFileSchema),
  /** A few pictures as small PNG files. */
  previews: v.array(BytesSchema),
})
/** See {@link SourceScanSchema}. */
export type SourceScan = v.InferOutput<typeof SourceScanSchema>
