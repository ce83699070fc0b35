import * as v from 'valibot'

/** What an exported picture says of itself, so that it can be traced to its run and drawn again. */
export const TraceSchema = v.object({
  /** Numbered form of this note. */
  version: v.literal(1),
  /** Sprout's version that drew it. */
  app: v.string(),
  runId: v.string(),
  runName: v.string(),
  /** Images that the checkpoint had seen. */
  imagesSeen: v.number(),
  resolution: v.number(),
  /** Seed of the picture, or of a sheet's first. */
  seed: v.number(),
  /** Pictures on it: more than one for a sheet. */
  count: v.number(),
  /** The class drawn; null in a run without classes, and for a sheet of all. */
  className: v.nullable(v.string()),
  truncation: v.number(),
})
/** See {@link TraceSchema}. */
export type Trace = v.InferOutput<typeof TraceSchema>
