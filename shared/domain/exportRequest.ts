import * as v from 'valibot'
import { LatentWalkSchema, SampleSchema, TruncationSchema } from './sample'

const wholeFrom = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const seed = wholeFrom(0, Number.MAX_SAFE_INTEGER)

/** Most pictures of one export. */
export const MOST_PICTURES = 4096

/** What every export has: a run, one of its checkpoints (null for the newest intact one), and where to write. */
const target = {
  runId: v.string(),
  checkpointId: v.optional(v.nullable(v.number()), null),
  /** A path that appears only once it is whole. */
  file: v.pipe(v.string(), v.minLength(1)),
}

/** The samples to draw: a row of seeds, of one class or of all, or a list. */
export const DrawnSamplesSchema = v.variant('which', [
  v.object({
    which: v.literal('seeds'),
    seed,
    count: wholeFrom(1, MOST_PICTURES),
    className: v.optional(v.nullable(v.string()), null),
  }),
  v.object({
    which: v.literal('list'),
    samples: v.pipe(v.array(SampleSchema), v.minLength(1), v.maxLength(MOST_PICTURES)),
  }),
])
/** See {@link DrawnSamplesSchema}. */
export type DrawnSamples = v.InferOutput<typeof DrawnSamplesSchema>

const pictures = { samples: DrawnSamplesSchema, truncation: v.optional(TruncationSchema, 1) }

/** Formats of moving pictures. WebP has all colours; GIF has 256, and opens everywhere. */
export const ANIMATION_FORMATS = ['webp', 'gif'] as const
/** One of {@link ANIMATION_FORMATS}. */
export type AnimationFormat = (typeof ANIMATION_FORMATS)[number]

const animation = {
  format: v.picklist(ANIMATION_FORMATS),
  seconds: v.pipe(v.number(), v.minValue(0.2), v.maxValue(120)),
  framesPerSecond: wholeFrom(1, 50),
  /** Width in pixels: smaller pictures are enlarged by a whole number up to it, larger ones are shrunk to it. */
  width: wholeFrom(1, 2048),
}

/** Languages that a page can be written in, as a browser names them. */
export const PageLanguageSchema = v.picklist(['en', 'zh-CN'])
/** See {@link PageLanguageSchema}. */
export type PageLanguage = v.InferOutput<typeof PageLanguageSchema>

/** Something to make of a run; `kind` says what. */
export const ExportRequestSchema = v.variant('kind', [
  /** All samples side by side in one PNG; with labels, each over its seed. */
  v.object({
    kind: v.literal('sheet'),
    ...target,
    ...pictures,
    columns: v.optional(v.nullable(wholeFrom(1, MOST_PICTURES)), null),
    labels: v.optional(v.boolean(), false),
  }),
  /** A PNG each, named by seed, and `samples.json`: in a folder, or in a ZIP file. */
  v.object({
    kind: v.literal('pictures'),
    ...target,
    ...pictures,
    container: v.picklist(['folder', 'zip']),
  }),
  v.object({
    kind: v.literal('walk'),
    ...target,
    ...animation,
    walk: LatentWalkSchema,
    truncation: v.optional(TruncationSchema, 1),
  }),
  /** The run's stored mosaics in order, or one picture of each. */
  v.object({
    kind: v.literal('timelapse'),
    ...target,
    ...animation,
    /** Number of the picture in the mosaic, row by row from 0; null for the whole mosaic. */
    tile: v.optional(v.nullable(wholeFrom(0, MOST_PICTURES)), null),
  }),
  /** One HTML file with everything in it. */
  v.object({
    kind: v.literal('html'),
    ...target,
    ...pictures,
    language: v.optional(PageLanguageSchema, 'en'),
  }),
  /** The generator as an ONNX model that takes any number of latents. */
  v.object({ kind: v.literal('onnx'), ...target }),
  v.object({ kind: v.literal('metrics'), ...target, format: v.picklist(['csv', 'json']) }),
])
/** See {@link ExportRequestSchema}. */
export type ExportRequest = v.InferOutput<typeof ExportRequestSchema>
/** A request as it is asked, with what has a default left out. */
export type ExportWish = v.InferInput<typeof ExportRequestSchema>
/** One of the kinds of {@link ExportRequestSchema}. */
export type ExportKind = ExportRequest['kind']
/** All kinds, in the order in which they are offered. */
export const EXPORT_KINDS = [
  'sheet',
  'pictures',
  'walk',
  'timelapse',
  'html',
  'onnx',
  'metrics',
] as const satisfies readonly ExportKind[]
