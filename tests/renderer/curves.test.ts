import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  MAX_STRETCHES,
  NO_CURVES,
  stretchesIn,
  upTo,
  wholeRun,
  withTick,
  type Curves,
} from '../../renderer/state/curves'
import { MEASURES, type CurveStretch } from '../../shared/domain/curve'
import type { Tick } from '../../shared/domain/trainEvent'

function tick(imagesSeen: number, generatorLoss: number): Tick {
  return {
    kind: 'tick',
    imagesSeen,
    step: imagesSeen,
    stage: 0,
    resolution: 4,
    phase: 'stable',
    alpha: 1,
    generatorLoss,
    discriminatorLoss: -1,
    realScore: 1,
    fakeScore: -1,
    imagesPerSecond: 2,
  }
}

const LOSS = MEASURES.indexOf('generatorLoss')
const lossAt = (i: number) => Math.sin(i) * 10 + (i % 97 === 0 ? 500 : 0)

function grown(ticks: number, max = MAX_STRETCHES, begin = NO_CURVES, first = 1): Curves {
  let curves = begin
  for (let i = first; i < first + ticks; i++) curves = withTick(curves, tick(i, lossAt(i)), i, max)
  return curves
}

const sumOf = (stretches: readonly CurveStretch[], of: (stretch: CurveStretch) => number) =>
  stretches.reduce((sum, stretch) => sum + of(stretch), 0)

describe('the pyramid of a run of many ticks', () => {
  const count = 20 * MAX_STRETCHES + 3
  const curves = grown(count)

  test('has the whole run at its top and little memory below', () => {
    const whole = wholeRun(curves)
    expect(whole[0]!.fromImages).toBe(1)
    expect(whole.at(-1)!.toImages).toBe(count)
    expect(sumOf(whole, ({ weight }) => weight)).toBe(count)
    for (const { stretches } of curves.levels) {
      expect(stretches.length).toBeLessThanOrEqual(MAX_STRETCHES)
    }
    expect(whole.length).toBeGreaterThan(MAX_STRETCHES / 4)
    expect(curves.levels).toHaveLength(6)
    expect(curves.levels[0]!.stretches.at(-1)!.weight).toBe(1)
  })

  test('keeps the mean, the extremes and the time of all of them', () => {
    const losses = Array.from({ length: count }, (_, i) => lossAt(i + 1))
    const whole = wholeRun(curves)
    const mean = sumOf(whole, ({ mean, weight }) => mean[LOSS]! * weight) / count
    expect(mean).toBeCloseTo(losses.reduce((a, b) => a + b) / count, 6)
    expect(Math.max(...whole.map(({ high }) => high[LOSS]!))).toBe(Math.max(...losses))
    expect(Math.min(...whole.map(({ low }) => low[LOSS]!))).toBe(Math.min(...losses))
    expect(sumOf(whole, ({ seconds }) => seconds)).toBeCloseTo(count / 2, 6)
  })

  test('shows a window at its end tick by tick, and one long ago as fine as it is known', () => {
    const newest = stretchesIn(curves, { from: count - 300, to: count }, 600)
    expect(newest.every(({ weight }) => weight === 1)).toBe(true)
    expect(newest).toHaveLength(302)
    const old = stretchesIn(curves, { from: 100, to: 2000 }, 600)
    expect(old[0]!.fromImages).toBeLessThanOrEqual(100)
    expect(old.at(-1)!.toImages).toBeGreaterThanOrEqual(2000)
  })

  test('takes what was read of the file where it is finer, and goes on with what came since', () => {
    const detail = wholeRun(grown(2000, 4000))
    const window = { from: 100, to: 600 }
    expect(stretchesIn(curves, window, 600, detail)).toHaveLength(503)
    const later = stretchesIn(curves, null, 600, wholeRun(grown(count - 10)))
    expect(later.at(-1)!.toImages).toBe(count)
  })
})

test('what is cut off is gone from every level, and what stays is whole', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(320), fc.nat(60), (ticks, cut, more) => {
      const kept = Math.min(cut, ticks)
      const again = grown(more, 16, upTo(grown(ticks, 16), cut), kept + 1)
      const whole = wholeRun(again)
      // Where finer levels have forgotten so early a place, a stretch is cut by reckoning.
      const { grain } = again.levels.at(-1)!
      const told = sumOf(whole, ({ weight }) => weight)
      expect(Math.abs(told - kept - more)).toBeLessThanOrEqual(ticks <= 16 ? 0 : grain)
      expect(whole.at(-1)?.toImages ?? 0).toBe(kept + more)
      for (const { stretches } of again.levels) {
        const places = stretches.map(({ toImages }) => toImages)
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
        expect(stretches.length).toBeLessThanOrEqual(16)
      }
    }),
  )
})

test('values that are no numbers are left out, not drawn as zero', () => {
  const curves = withTick(withTick(NO_CURVES, tick(1, Number.NaN), 1), tick(2, 5), 2)
  expect(wholeRun(curves).map(({ mean }) => mean[LOSS])).toEqual([null, 5])
  expect(wholeRun(curves)[0]!.mean[MEASURES.indexOf('gradientPenalty')]).toBeNull()
})
