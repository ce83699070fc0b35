import * as v from 'valibot'
import { FrameSchema } from './mosaicHistory'
import { ResolutionSchema } from './resolution'
import { CheckpointInfoSchema } from './run'

/** A fade's two paths and their blend, each a row of the same pictures side by side. */
export const FadePathsSchema = v.object({
  /** The path below: half the resolution, enlarged. */
  old: FrameSchema,
  /** The new layers' path. */
  new: FrameSchema,
  /** `old + (new - old) * alpha`, as the network itself draws it. */
  blend: FrameSchema,
})
/** See {@link FadePathsSchema}. */
export type FadePaths = v.InferOutput<typeof FadePathsSchema>

/** What a fade looks like from the inside, at one of a run's checkpoints. */
export const FadeViewSchema = v.object({
  stage: v.number(),
  resolution: ResolutionSchema,
  /** The checkpoint whose weights drew the generator's pictures. */
  checkpoint: CheckpointInfoSchema,
  /** The fade's weight when the checkpoint was saved. */
  alphaThen: v.number(),
  /** The weight that the blends were made with. */
  alpha: v.number(),
  /** Pictures in each row. */
  count: v.number(),
  /** By the moving-average weights, on fixed latents. */
  generator: FadePathsSchema,
  /** Real pictures as the discriminator sees them. */
  reals: FadePathsSchema,
})
/** See {@link FadeViewSchema}. */
export type FadeView = v.InferOutput<typeof FadeViewSchema>
