import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { axisThrough, IMAGES_AXIS, type Knot } from '../../renderer/draw/axis'
import { smoothed } from '../../renderer/draw/smoothing'
import { fromSymlog, symlog, symlogTicks } from '../../renderer/draw/symlog'

describe('an axis through knots', () => {
  const knots = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 })), {
      minLength: 2,
      maxLength: 30,
    })
    .map((steps) => {
      const at: [number, number] = [0, 0]
      return steps.map(([images, x]): Knot => {
        at[0] += images
        at[1] += x
        return [at[0], at[1]]
      })
    })

  test('meets its knots, grows, and leads back', () => {
    fc.assert(
      fc.property(knots, fc.double({ min: -500, max: 40_000, noNaN: true }), (all, images) => {
        const axis = axisThrough(all)
        for (const [at, x] of all) expect(axis.of(at)).toBeCloseTo(x, 6)
        expect(axis.imagesAt(axis.of(images))).toBeCloseTo(images, 4)
        expect(axis.of(images + 1)).toBeGreaterThan(axis.of(images))
      }),
    )
  })

  test('leaves out knots that stand still, and without two of them is images seen', () => {
    expect(
      axisThrough([
        [0, 0],
        [10, 0],
        [20, 40],
      ] as const).of(10),
    ).toBe(20)
    expect(axisThrough([[0, 0]] as const)).toBe(IMAGES_AXIS)
  })
})

describe('the logarithmic scale of both signs', () => {
  const values = fc.double({ min: -1e9, max: 1e9, noNaN: true })

  test('grows with its values and leads back', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        if (a < b) expect(symlog(a)).toBeLessThanOrEqual(symlog(b))
        expect(fromSymlog(symlog(a))).toBeCloseTo(a, Math.abs(a) > 1000 ? 0 : 6)
        expect(symlog(-a)).toBeCloseTo(-symlog(a), 12)
      }),
    )
  })

  test('has a few round ticks within its ends, in order', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.5, max: 1e6, noNaN: true }), (from, size) => {
        const [min, max] = [symlog(from), symlog(from + size)]
        const ticks = symlogTicks(min, max)
        expect(ticks.length).toBeLessThanOrEqual(12)
        expect(ticks).toEqual([...ticks].sort((a, b) => a - b))
        for (const tick of ticks) {
          expect(symlog(tick)).toBeGreaterThanOrEqual(min)
          expect(symlog(tick)).toBeLessThanOrEqual(max)
        }
      }),
    )
    const ticks = (min: number, max: number) => symlogTicks(symlog(min), symlog(max))
    expect(ticks(-100, 1000)).toEqual([-100, -10, 0, 10, 100, 1000])
    expect(ticks(-3, 12)).toEqual([-1, 0, 1, 10])
    expect(ticks(104, 113)).toEqual([105, 110])
  })
})

describe('smoothing', () => {
  const ys = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1 })

  test('stays within the values, and a constant stays itself', () => {
    fc.assert(
      fc.property(ys, fc.double({ min: 0, max: 0.99, noNaN: true }), (values, strength) => {
        const xs = values.map((_, i) => i)
        const [low, high] = [Math.min(...values), Math.max(...values)]
        for (const value of smoothed(xs, values, strength, values.length)) {
          expect(value!).toBeGreaterThanOrEqual(low - 1e-6)
          expect(value!).toBeLessThanOrEqual(high + 1e-6)
        }
        const flat = smoothed(
          xs,
          values.map(() => 3),
          strength,
          values.length,
        )
        for (const value of flat) expect(value!).toBeCloseTo(3, 9)
      }),
    )
  })

  test('is the same however many of a curve’s values are at hand', () => {
    const curve = (count: number) => {
      const xs = Array.from({ length: count }, (_, i) => (i * 1000) / (count - 1))
      return smoothed(
        xs,
        xs.map((x) => Math.sin(x / 60)),
        0.95,
        1000,
      )
    }
    const [coarse, fine] = [curve(501), curve(2001)]
    for (let i = 20; i < 501; i += 10) expect(coarse[i]!).toBeCloseTo(fine[4 * i]!, 1)
  })

  test('passes over gaps, and without strength changes nothing', () => {
    expect(smoothed([0, 1, 2], [1, null, 1], 0.5, 3)).toEqual([1, null, 1])
    expect(smoothed([0, 1], [4, 8], 0, 2)).toEqual([4, 8])
  })
})
