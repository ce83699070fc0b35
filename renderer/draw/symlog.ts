/**
 * A scale that is logarithmic in both directions and straight around zero, for losses, which may be of either sign:
 * sign(v) log10(1 + |v|).
 */
export function symlog(value: number): number {
  return Math.sign(value) * Math.log10(1 + Math.abs(value))
}

/** Undoes {@link symlog}. */
export function fromSymlog(scaled: number): number {
  return Math.sign(scaled) * (10 ** Math.abs(scaled) - 1)
}

/** Ticks are at least this part of the axis apart. */
const LEAST_GAP = 0.09

/**
 * Round values to label between two scaled ends: 0 and powers of ten, with 2 and 5 between where few of them fit, and
 * even steps where no two do.
 */
export function symlogTicks(min: number, max: number): number[] {
  const decades = apart(valuesBetween(min, max, [1]), max - min)
  if (decades.length >= 4) return decades
  const finer = apart(valuesBetween(min, max, [1, 2, 5]), max - min)
  return finer.length >= 2 ? finer : evenTicks(fromSymlog(min), fromSymlog(max))
}

function valuesBetween(min: number, max: number, factors: readonly number[]): number[] {
  const sizes = Array.from({ length: 15 }, (_, i) => i - 2).flatMap((power) =>
    factors.map((factor) => factor * 10 ** power),
  )
  return [...sizes.map((size) => -size).reverse(), 0, ...sizes].filter(
    (value) => symlog(value) >= min && symlog(value) <= max,
  )
}

/** Without those that would touch their neighbours: zero stays, then the greater ones, since they say more. */
function apart(values: readonly number[], span: number): number[] {
  const kept: number[] = []
  const size = (value: number) => (value === 0 ? Infinity : Math.abs(value))
  for (const value of [...values].sort((a, b) => (size(a) === size(b) ? 0 : size(b) - size(a)))) {
    if (kept.every((other) => Math.abs(symlog(other) - symlog(value)) >= LEAST_GAP * span)) {
      kept.push(value)
    }
  }
  return kept.sort((a, b) => a - b)
}

/** Multiples of a round step between two values, four or so. */
function evenTicks(from: number, to: number): number[] {
  const rough = (to - from) / 4
  if (!(rough > 0)) return [from]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!
  const first = Math.ceil(from / step)
  const count = Math.floor(to / step) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step)
}
