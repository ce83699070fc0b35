import * as v from 'valibot'

/** How many numbers there are of each size: equally wide bins from `low` to `high`. */
export const NumbersSchema = v.object({
  count: v.number(),
  mean: v.number(),
  /** Standard deviation. */
  deviation: v.number(),
  low: v.number(),
  high: v.number(),
  bins: v.array(v.number()),
})
/** See {@link NumbersSchema}. */
export type Numbers = v.InferOutput<typeof NumbersSchema>

/** What the tensors of a run's newest checkpoint hold, and what comes out of the generator's blocks with them. */
export const NetworkStatsSchema = v.object({
  imagesSeen: v.number(),
  tensors: v.array(
    v.object({
      /** `generator/8x8/conv0/weight`; running statistics of batch normalisation are `average/8x8/conv0/mean`. */
      name: v.string(),
      shape: v.array(v.number()),
      numbers: NumbersSchema,
    }),
  ),
  /** Of the moving-average generator on a few latents that are always the same, by block: `8x8`. */
  activations: v.array(v.object({ block: v.string(), numbers: NumbersSchema })),
})
/** See {@link NetworkStatsSchema}. */
export type NetworkStats = v.InferOutput<typeof NetworkStatsSchema>
