import { MEASURES, type CurveStretch, type Measure } from '../../shared/domain/curve'
import type { Axis } from './axis'
import { chartRange } from './chartRange'
import { smoothed } from './smoothing'
import { symlog } from './symlog'

/** A place of a line on a chart, in units of its axes. */
export type Place = { x: number; y: number }

/** One measure as a chart draws it: its mean, smoothed and as measured, and where its values lay. */
export type CurveLine = {
  smooth: Place[]
  /** As measured; empty where nothing is smoothed. */
  raw: Place[]
  /** Its least and greatest values; empty where each stretch is a single tick. */
  low: Place[]
  high: Place[]
}

/** How lines are drawn. */
export type LineOptions = {
  axis: Axis
  smoothing: number
  logScale: boolean
  /** What one unit of the vertical axis is, so that round numbers of it are round to people. */
  unit: number
}

/** The lines of some measures, and the range of the vertical axis that shows them well; null where there is nothing. */
export function curveLines(
  stretches: readonly CurveStretch[],
  measures: readonly Measure[],
  { axis, smoothing, logScale, unit }: LineOptions,
): { lines: CurveLine[]; range: { min: number; max: number } | null } {
  const xs = stretches.map(({ toImages }) => axis.of(toImages))
  const span = (xs[xs.length - 1] ?? 0) - (xs[0] ?? 0)
  const scale = (value: number) => (logScale ? symlog(value / unit) : value / unit)
  const places = (values: readonly (number | null)[]): Place[] =>
    values.map((value, i) => ({ x: xs[i]!, y: value === null ? Number.NaN : scale(value) }))
  const ranges = stretches.some(({ weight }) => weight > 1)
  const lines = measures.map((measure) => {
    const index = MEASURES.indexOf(measure)
    const means = stretches.map(({ mean }) => mean[index]!)
    return {
      smooth: places(smoothed(xs, means, smoothing, span)),
      raw: smoothing > 0 ? places(means) : [],
      low: ranges ? places(stretches.map(({ low }) => low[index]!)) : [],
      high: ranges ? places(stretches.map(({ high }) => high[index]!)) : [],
    }
  })
  const values = lines.flatMap(({ smooth, raw }) => [...smooth, ...raw].map(({ y }) => y))
  return { lines, range: chartRange(values) }
}

/** The mean of a measure over some stretches, null where none has it. */
export function meanOver(stretches: readonly CurveStretch[], measure: Measure): number | null {
  const index = MEASURES.indexOf(measure)
  let sum = 0
  let weight = 0
  for (const stretch of stretches) {
    const value = stretch.mean[index]
    if (value === null || value === undefined) continue
    sum += value * stretch.weight
    weight += stretch.weight
  }
  return weight === 0 ? null : sum / weight
}
