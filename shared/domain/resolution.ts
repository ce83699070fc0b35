import * as v from 'valibot'

/** Side lengths, in pixels, at which a ProGAN can stand: powers of two from 4 to 1024. */
export const RESOLUTIONS = [4, 8, 16, 32, 64, 128, 256, 512, 1024] as const

/** One of {@link RESOLUTIONS}. */
export type Resolution = (typeof RESOLUTIONS)[number]

/** Parses a side length in pixels; says in one line what is allowed when it is not a power of two from 4 to 1024. */
export const ResolutionSchema = v.picklist(
  RESOLUTIONS,
  (issue) =>
    `${issue.received} is not a resolution Sprout can grow to; choose a power of two from 4 to 1024`,
)

/** Resolutions from `first` to `last`, both included, in growing order. Empty when `last < first`. */
export function resolutionsBetween(first: Resolution, last: Resolution): Resolution[] {
  return RESOLUTIONS.filter((resolution) => resolution >= first && resolution <= last)
}
