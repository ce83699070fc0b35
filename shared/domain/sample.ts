import * as v from 'valibot'

const seed = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))

/**
 * One sample of a run. Its latent follows from the seed alone. In a run with classes, null stands for the class that
 * the seed's remainder picks, so that neighbouring seeds go through all classes.
 */
export const SampleSchema = v.object({ seed, className: v.nullable(v.string()) })
/** See {@link SampleSchema}. */
export type Sample = v.InferOutput<typeof SampleSchema>

/**
 * Ways from one sample to another: `spherical` along the sphere of latents at constant speed, `linear` straight
 * through the ball, which nears the generator's mean picture half way.
 */
export const LATENT_PATHS = ['spherical', 'linear'] as const
/** One of {@link LATENT_PATHS}. */
export type LatentPath = (typeof LATENT_PATHS)[number]
export const LatentPathSchema = v.picklist(LATENT_PATHS)

/**
 * How far from the generator's mean picture samples lie: 1 draws as in training, 0 draws the mean picture alone; see
 * `latentOf` in `main/export/latents.ts`.
 */
export const TruncationSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

/** Something to draw: a sample, or a place between two, `share` (0 to 1) of the way along. */
export const LatentPointSchema = v.variant('kind', [
  v.object({ kind: v.literal('sample'), ...SampleSchema.entries }),
  v.object({
    kind: v.literal('between'),
    from: SampleSchema,
    to: SampleSchema,
    share: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    path: LatentPathSchema,
  }),
])
/** See {@link LatentPointSchema}. */
export type LatentPoint = v.InferOutput<typeof LatentPointSchema>

/** A walk from one sample to the next, each leg as long as the others. */
export const LatentWalkSchema = v.object({
  stops: v.pipe(v.array(SampleSchema), v.minLength(2), v.maxLength(64)),
  path: LatentPathSchema,
  /** Goes on from the last stop to the first, so that it can be repeated without a jump. */
  loop: v.boolean(),
})
/** See {@link LatentWalkSchema}. */
export type LatentWalk = v.InferOutput<typeof LatentWalkSchema>

/**
 * The points of a walk's `frames` (at least 2) pictures, evenly spread. A loop's last frame is one step short of its
 * first, which follows it; another walk's first and last frames are its first and last stops.
 */
export function walkPoints(walk: LatentWalk, frames: number): LatentPoint[] {
  const legs = walk.loop ? walk.stops.length : walk.stops.length - 1
  const steps = walk.loop ? frames : frames - 1
  return Array.from({ length: frames }, (_, frame) => {
    const along = (frame / steps) * legs
    const leg = Math.min(Math.floor(along), legs - 1)
    const from = walk.stops[leg]!
    const to = walk.stops[(leg + 1) % walk.stops.length]!
    return { kind: 'between', from, to, share: Math.min(1, along - leg), path: walk.path }
  })
}
