import * as v from 'valibot'
import { ExplanationSchema, inEnglish, type Explanation } from './explanation'
import { BytesSchema } from './bytes'
import { ResolutionSchema } from './resolution'

/** How a picture that is not square becomes one: its middle, all of it with edges added, or its most striking part. */
export const CROP_MODES = ['centre', 'pad', 'smart'] as const
/** One of {@link CROP_MODES}. */
export type CropMode = (typeof CROP_MODES)[number]

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
  /** True prepares only the first, by path, of files with the same bytes; the others are listed as skipped. */
  dropDuplicates: v.exactOptional(v.boolean()),
})
/** See {@link PrepareOptionsSchema}. */
export type PrepareOptions = v.InferOutput<typeof PrepareOptionsSchema>

/** A file left out of a dataset, with the reason in words a person can act on. */
export const SkippedFileSchema = v.object({
  path: v.string(),
  reason: v.string(),
  why: v.optional(ExplanationSchema),
})
/** See {@link SkippedFileSchema}. */
export type SkippedFile = v.InferOutput<typeof SkippedFileSchema>

/** A file that is left out for a reason that has a code. */
export function skippedFor(path: string, why: Explanation): SkippedFile {
  return { path, reason: inEnglish(why), why }
}

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

/** Most skipped files, and most duplicates, that a scan lists by name; all are counted. */
export const MOST_LISTED = 200

/** A look through a source, so far or whole: names first, then a few pictures, then each file's head. Nothing is decoded in full. */
export const SourceScanSchema = v.object({
  name: v.string(),
  files: v.number(),
  byFormat: v.record(v.string(), v.number()),
  /** Files by the length of their shorter side in pixels: from `from` to below twice that. Those looked into so far. */
  bySize: v.array(v.object({ from: v.number(), files: v.number() })),
  /** Files looked into so far; all of them at the end. */
  looked: v.number(),
  /** A guess from the first pictures: 1 when all are grey, 4 when some have transparency, else 3. Null before it. */
  channels: v.nullable(v.picklist([1, 3, 4])),
  /** Sub-folders with pictures, by name; pictures that lie directly in the folder belong to none. */
  classes: v.optional(v.array(PictureClassSchema), []),
  /** At most {@link MOST_LISTED} of what is left out: files that cannot be read, other formats, broken links. */
  skipped: v.array(SkippedFileSchema),
  skippedFiles: v.number(),
  /** Those of `files` that turned out to be unreadable so far. */
  unreadableFiles: v.number(),
  /** At most {@link MOST_LISTED} of the files with the same bytes as one before, with that one's path. */
  duplicates: v.array(v.object({ path: v.string(), sameAs: v.string() })),
  duplicateFiles: v.number(),
  /** A few pictures, spread over the source, that can be read. */
  examples: v.array(v.string()),
})
/** See {@link SourceScanSchema}. */
export type SourceScan = v.InferOutput<typeof SourceScanSchema>

/** One picture as the networks will see it: a PNG file of each level, in growing order. */
export const PicturePreviewSchema = v.object({
  path: v.string(),
  levels: v.array(v.object({ resolution: ResolutionSchema, png: BytesSchema })),
})
/** See {@link PicturePreviewSchema}. */
export type PicturePreview = v.InferOutput<typeof PicturePreviewSchema>
