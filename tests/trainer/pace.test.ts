import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { Pace } from '../../main/trainer/pace'

afterEach(() => void vi.useRealTimers())

const intervals = fc.record({
  tickImages: fc.integer({ min: 1, max: 2000 }),
  mosaicImages: fc.integer({ min: 1, max: 4000 }),
  checkpointSeconds: fc.constant(60),
})

test('takes at least one step, never a whole step past the next thing due or the end', () => {
  fc.assert(
    fc.property(
      intervals,
      fc.integer({ min: 1, max: 128 }),
      fc.nat(1000),
      fc.integer({ min: 1, max: 500 }),
      fc.double({ min: 0.01, max: 5000, noNaN: true }),
      (intervals, batch, stepsSeen, stepsLeft, stepMs) => {
        const pace = new Pace(intervals, batch)
        const seen = stepsSeen * batch
        const end = seen + stepsLeft * batch
        pace.ran(1, stepMs)
        const steps = pace.stepsUntilDue(seen, end)
        expect(steps).toBeGreaterThanOrEqual(1)
        const beforeLast = seen + (steps - 1) * batch
        expect(beforeLast).toBeLessThan(end)
        expect(pace.tickDue(beforeLast, end) && steps > 1).toBe(false)
        expect(pace.mosaicDue(beforeLast, end) && steps > 1).toBe(false)
      },
    ),
  )
})

test('each tick is due exactly once however the steps are cut', () => {
  fc.assert(
    fc.property(
      intervals,
      fc.integer({ min: 1, max: 64 }),
      fc.array(fc.double({ min: 0.5, max: 400, noNaN: true }), { minLength: 1, maxLength: 50 }),
      (intervals, batch, timings) => {
        const pace = new Pace(intervals, batch)
        const end = 1e9
        let seen = 0
        let ticks = 0
        for (const ms of timings) {
          const steps = pace.stepsUntilDue(seen, end)
          pace.ran(steps, ms)
          seen += steps * batch
          if (pace.tickDue(seen, end)) ticks++
        }
        const passed = Math.floor(seen / intervals.tickImages)
        // A step longer than the interval passes several multiples at once and is told once.
        if (batch <= intervals.tickImages) expect(ticks).toBe(passed)
        else expect(ticks).toBe(timings.length)
      },
    ),
  )
})

test('a mosaic is due after half a minute without one, later where drawing takes long', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const pace = new Pace({ tickImages: 256, mosaicImages: 1024, checkpointSeconds: 60 }, 8)
  vi.advanceTimersByTime(29_999)
  expect(pace.interimMosaicDue()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(pace.interimMosaicDue()).toBe(true)
  pace.mosaicDrawn(100)
  expect(pace.interimMosaicDue()).toBe(false)
  vi.advanceTimersByTime(30_000)
  expect(pace.interimMosaicDue()).toBe(true)
  pace.mosaicDrawn(2_000)
  vi.advanceTimersByTime(99_999)
  expect(pace.interimMosaicDue()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(pace.interimMosaicDue()).toBe(true)
})
