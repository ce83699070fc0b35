import * as v from 'valibot'
import { BytesSchema } from '../domain/bytes'
import { ExportRequestSchema } from '../domain/exportRequest'
import { ResolutionSchema } from '../domain/resolution'
import { CheckpointInfoSchema } from '../domain/run'
import { LatentPointSchema, SampleSchema, TruncationSchema } from '../domain/sample'
import { TraceSchema } from '../domain/trace'

const channels = v.picklist([1, 3, 4])
const runId = { runId: v.string() }
const checkpoint = { ...runId, checkpointId: v.number() }

/** A checkpoint with the layers that it has. */
export const GalleryCheckpointSchema = v.object({
  info: CheckpointInfoSchema,
  resolution: ResolutionSchema,
  /** How far the newest layers are faded in. */
  alpha: v.number(),
})
/** See {@link GalleryCheckpointSchema}. */
export type GalleryCheckpoint = v.InferOutput<typeof GalleryCheckpointSchema>

/** Pictures one after the other: rows of pixels of interleaved channels, a byte each. */
export const DrawnPicturesSchema = v.object({
  resolution: ResolutionSchema,
  channels,
  pixels: BytesSchema,
})
/** See {@link DrawnPicturesSchema}. */
export type DrawnPictures = v.InferOutput<typeof DrawnPicturesSchema>

/** A sample that a person wants to find again. */
export const FavouriteSchema = v.object({ ...SampleSchema.entries, addedAt: v.number() })
/** See {@link FavouriteSchema}. */
export type Favourite = v.InferOutput<typeof FavouriteSchema>

/** The real pictures nearest to a sample, nearest first. */
export const NearestSchema = v.object({
  /** Side in pixels at which pictures were compared. */
  comparedAt: ResolutionSchema,
  /** Pictures looked through. */
  count: v.number(),
  resolution: ResolutionSchema,
  channels,
  pictures: v.array(
    v.object({
      number: v.number(),
      /** Where the picture lies in its source. */
      path: v.string(),
      /** Root mean square difference over pixels and channels, in levels from 0 to 255. */
      distance: v.number(),
      /** The picture's mirror image is what lies near. */
      mirrored: v.boolean(),
      pixels: BytesSchema,
    }),
  ),
})
/** See {@link NearestSchema}. */
export type Nearest = v.InferOutput<typeof NearestSchema>

/** Most points of one drawing request: more would keep later requests waiting. */
export const MOST_POINTS = 64
/** Largest picture file that is looked into for its trace. */
const MOST_TRACE_BYTES = 64 << 20

/** What the library answers about samples of a run and what is made of them. */
export const galleryRequests = {
  /** A run's checkpoints, newest first. */
  galleryCheckpoints: { input: v.object(runId), output: v.array(GalleryCheckpointSchema) },
  /** Draws points of a checkpoint, in order. Requests are answered one at a time, so few keep a window lively. */
  drawSamples: {
    input: v.object({
      ...checkpoint,
      points: v.pipe(v.array(LatentPointSchema), v.minLength(1), v.maxLength(MOST_POINTS)),
      truncation: TruncationSchema,
    }),
    output: DrawnPicturesSchema,
  },
  /** Looks through a run's dataset for the pictures nearest to a sample. */
  nearestPictures: {
    input: v.object({
      ...checkpoint,
      point: LatentPointSchema,
      truncation: TruncationSchema,
      count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)),
    }),
    output: NearestSchema,
  },
  /** A run's favourites, oldest first. */
  favourites: { input: v.object(runId), output: v.array(FavouriteSchema) },
  /** Adds or removes a favourite and answers all. */
  setFavourite: {
    input: v.object({ ...runId, sample: SampleSchema, favourite: v.boolean() }),
    output: v.array(FavouriteSchema),
  },
  /** Makes something of a run; `done.result` is the path of what was written. */
  startExport: { input: ExportRequestSchema, output: v.object({ jobId: v.string() }) },
  /** What a PNG file says of its origin; null for one that Sprout did not draw. */
  tracePicture: {
    input: v.object({
      bytes: v.pipe(
        BytesSchema,
        v.check((bytes) => bytes.length <= MOST_TRACE_BYTES, 'the picture is too large'),
      ),
    }),
    output: v.object({ trace: v.nullable(TraceSchema), runExists: v.boolean() }),
  },
  /** The tiles that a run's time lapse can show; null before the first mosaic. */
  mosaicGrid: {
    input: v.object(runId),
    output: v.nullable(v.object({ columns: v.number(), rows: v.number(), mosaics: v.number() })),
  },
} as const
