import * as v from 'valibot'
import type { Tick } from './trainEvent'

/** What is measured: all of it at each tick, but for the quality, which has moments of its own. */
export const MEASURES = [
  'generatorLoss',
  'discriminatorLoss',
  'realScore',
  'fakeScore',
  'gradientPenalty',
  'imagesPerSecond',
  'dataWaitShare',
  'peakMemoryBytes',
  'quality',
] as const satisfies readonly (keyof Tick | 'quality')[]
/** One of {@link MEASURES}. */
export type Measure = (typeof MEASURES)[number]

const row = v.array(v.nullable(v.number()))

/**
 * Ticks that follow each other, told together: `mean`, `low` and `high` of each measure in the order of
 * {@link MEASURES}, null where no tick has it. Values that are no numbers (a loss that ran away) are left out.
 */
export const CurveStretchSchema = v.object({
  /** Images seen at the first and at the last of the ticks. */
  fromImages: v.number(),
  toImages: v.number(),
  /** Milliseconds since 1970 of the last. */
  at: v.number(),
  /** Seconds of training that these ticks stand for. */
  seconds: v.number(),
  /** Ticks. */
  weight: v.number(),
  mean: row,
  low: row,
  high: row,
})
/** See {@link CurveStretchSchema}. */
export type CurveStretch = v.InferOutput<typeof CurveStretchSchema>

/** One tick as a stretch; `before` is the images seen at the tick before it. */
export function stretchOf(tick: Tick, at: number, before: number): CurveStretch {
  const values = MEASURES.map((measure) => {
    const value = measure === 'quality' ? undefined : tick[measure]
    return value !== undefined && Number.isFinite(value) ? value : null
  })
  const images = Math.max(0, tick.imagesSeen - before)
  const seconds = tick.imagesPerSecond > 0 ? images / tick.imagesPerSecond : 0
  const { imagesSeen } = tick
  return {
    fromImages: imagesSeen,
    toImages: imagesSeen,
    at,
    seconds: Number.isFinite(seconds) ? seconds : 0,
    weight: 1,
    mean: values,
    low: values,
    high: values,
  }
}

/** Two stretches that follow each other as one. */
export function joined(a: CurveStretch, b: CurveStretch): CurveStretch {
  const weight = a.weight + b.weight
  return {
    fromImages: a.fromImages,
    toImages: b.toImages,
    at: b.at,
    seconds: a.seconds + b.seconds,
    weight,
    mean: a.mean.map((value, i) => meanOf(value, a.weight, b.mean[i]!, b.weight)),
    low: a.low.map((value, i) => lesser(value, b.low[i]!)),
    high: a.high.map((value, i) => greater(value, b.high[i]!)),
  }
}

function meanOf(a: number | null, weightA: number, b: number | null, weightB: number) {
  if (a === null || b === null) return a ?? b
  return (a * weightA + b * weightB) / (weightA + weightB)
}

function lesser(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

function greater(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}
