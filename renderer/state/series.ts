import type { Tick } from '../../shared/domain/trainEvent'

/** One point of the charts: the mean of `weight` ticks that follow each other. */
export type SeriesPoint = {
  imagesSeen: number
  generatorLoss: number
  discriminatorLoss: number
  realScore: number
  fakeScore: number
  weight: number
}

const MEASURES = ['generatorLoss', 'discriminatorLoss', 'realScore', 'fakeScore'] as const

/** Most points kept. A chart is some hundred pixels wide, so more would only cost time. */
export const MAX_POINTS = 800

/**
 * `points` with `tick` at the end. When that would be more than `max`, neighbours are merged in pairs first, so
 * that a run of any length keeps its whole history at half the detail.
 */
export function withTick(points: SeriesPoint[], tick: Tick, max = MAX_POINTS): SeriesPoint[] {
  const kept = points.length < max ? points : mergedInPairs(points)
  const point = {
    imagesSeen: tick.imagesSeen,
    generatorLoss: tick.generatorLoss,
    discriminatorLoss: tick.discriminatorLoss,
    realScore: tick.realScore,
    fakeScore: tick.fakeScore,
    weight: 1,
  }
  const grain = kept[0]?.weight ?? 1
  const last = kept.at(-1)
  if (last !== undefined && last.weight < grain) return [...kept.slice(0, -1), merged(last, point)]
  return [...kept, point]
}

function mergedInPairs(points: readonly SeriesPoint[]): SeriesPoint[] {
  const half: SeriesPoint[] = []
  for (let i = 0; i < points.length; i += 2) {
    const next = points[i + 1]
    half.push(next === undefined ? points[i]! : merged(points[i]!, next))
  }
  return half
}

function merged(a: SeriesPoint, b: SeriesPoint): SeriesPoint {
  const weight = a.weight + b.weight
  const point = { ...b, weight }
  for (const measure of MEASURES) {
    point[measure] = (a[measure] * a.weight + b[measure] * b.weight) / weight
  }
  return point
}
