import * as v from 'valibot'
import { MEASURES, type CurveStretch } from './curve'
import { ResolutionSchema } from './resolution'

/** Most samples that one measurement of quality may take. */
export const MOST_QUALITY_SAMPLES = 4096

/** Samples of one measurement unless the settings say otherwise. */
export const USUAL_QUALITY_SAMPLES = 256

/** How far a run's samples were from its pictures at some moment. */
export const QualitySchema = v.object({
  imagesSeen: v.number(),
  /** Distances of one resolution can be compared, those of different ones only roughly. */
  resolution: ResolutionSchema,
  /** Sliced Wasserstein distance, at least 0, lower is better. The paper, and everything people read, has it times 1000. */
  distance: v.number(),
})
/** See {@link QualitySchema}. */
export type Quality = v.InferOutput<typeof QualitySchema>

/** A {@link Quality} with the moment, in milliseconds since 1970, at which it was known. */
export const QualityPointSchema = v.object({ ...QualitySchema.entries, at: v.number() })
/** See {@link QualityPointSchema}. */
export type QualityPoint = v.InferOutput<typeof QualityPointSchema>

/** A distance as the paper prints it. */
export function printedDistance(distance: number): string {
  const printed = 1000 * distance
  return printed.toFixed(printed < 100 ? 1 : 0)
}

const PLACE = MEASURES.indexOf('quality')

/**
 * Measurements, oldest first, as stretches of a curve, with one that has no value wherever the resolution changes: the
 * curve breaks there.
 */
export function qualityCurve(points: readonly QualityPoint[]): CurveStretch[] {
  const ordered = [...points].sort((a, b) => a.imagesSeen - b.imagesSeen || a.at - b.at)
  return ordered.flatMap((point, i) => {
    const before = ordered[i - 1]
    const gap =
      before === undefined || before.resolution === point.resolution
        ? []
        : [stretchAt({ ...point, imagesSeen: before.imagesSeen }, null)]
    return [...gap, stretchAt(point, point.distance)]
  })
}

function stretchAt({ imagesSeen, at }: QualityPoint, distance: number | null): CurveStretch {
  const values = MEASURES.map((_, place) => (place === PLACE ? distance : null))
  const [mean, low, high] = [values, values, values]
  return {
    fromImages: imagesSeen,
    toImages: imagesSeen,
    at,
    seconds: 0,
    weight: 1,
    mean,
    low,
    high,
  }
}
