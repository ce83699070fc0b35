import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chartRange } from '../../renderer/draw/chartRange'
import { fadeRamp } from '../../renderer/draw/fade'
import { fitMosaic, wholeScale } from '../../renderer/draw/mosaic'
import { timelineLayout } from '../../renderer/draw/timeline'
import { trainConfigFor } from '../../shared/domain/trainConfig'
import { segmentsOf, totalImages } from '../../shared/schedule'

const config = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 32,
  fadeImages: 1600,
  stableImages: 1600,
})
const segments = segmentsOf(config)
const end = totalImages(config)
const size = { width: 1020, height: 160 }

describe('the timeline', () => {
  test('has one shape a segment, side by side over the whole width', () => {
    const { shapes } = timelineLayout(segments, end, 0, size)
    expect(shapes).toHaveLength(7)
    expect([shapes[0]!.left, shapes.at(-1)!.right]).toEqual([18, 1002])
    for (let i = 1; i < shapes.length; i++) expect(shapes[i]!.left).toBe(shapes[i - 1]!.right)
  })

  test('draws fades as ramps up to the stable phase they lead to', () => {
    const { shapes, baseline } = timelineLayout(segments, end, 0, size)
    shapes.forEach((shape, i) => {
      if (shape.phase === 'stable') return expect(shape.topLeft).toBe(shape.topRight)
      expect(shape.topLeft).toBe(shapes[i - 1]!.topRight)
      expect(shape.topRight).toBeLessThan(shape.topLeft)
      expect(shape.topRight).toBe(shapes[i + 1]!.topLeft)
    })
    expect(Math.max(...shapes.map((shape) => shape.topLeft))).toBeLessThan(baseline)
  })

  test('tells done, now and next, and puts the marker on the outline', () => {
    const { shapes, marker, labels } = timelineLayout(segments, end, 2400, size)
    expect(shapes.map((shape) => shape.progress)).toEqual(['done', 'now', ...Array(5).fill('next')])
    expect(marker!.x).toBeCloseTo(18 + (984 * 2400) / end)
    expect(marker!.y).toBeCloseTo((shapes[1]!.topLeft + shapes[1]!.topRight) / 2)
    expect(labels.map(({ text, progress }) => [text, progress])).toEqual([
      ['4×4', 'done'],
      ['8×8', 'now'],
      ['16×16', 'next'],
      ['32×32', 'next'],
    ])
  })

  test('a plan has no marker; a finished run is done everywhere', () => {
    expect(timelineLayout(segments, end, null, size).marker).toBeNull()
    const { shapes, marker } = timelineLayout(segments, end, end, size)
    expect(shapes.every((shape) => shape.progress === 'done')).toBe(true)
    expect(marker!.x).toBe(1002)
  })

  test('stays inside its box wherever a run stands, also with an image limit', () => {
    fc.assert(
      fc.property(fc.nat(end), fc.integer({ min: 1, max: end }), (position, limit) => {
        const { shapes, marker } = timelineLayout(segments, limit, Math.min(position, limit), size)
        expect(marker!.x).toBeGreaterThanOrEqual(18)
        expect(marker!.x).toBeLessThanOrEqual(1002)
        expect(marker!.y).toBeGreaterThanOrEqual(30)
        for (const shape of shapes) expect(shape.right).toBeLessThanOrEqual(1002)
      }),
    )
  })

  test('leaves out labels that would touch', () => {
    const { labels } = timelineLayout(segments, end, null, { width: 166, height: 100 })
    expect(labels.length).toBeLessThan(4)
    for (let i = 1; i < labels.length; i++) {
      expect(labels[i]!.x - labels[i - 1]!.x).toBeGreaterThanOrEqual(52)
    }
  })
})

describe('a mosaic', () => {
  test('is as large as its box allows, with its gaps', () => {
    const grid = { columns: 6, rows: 6, tile: 16 }
    const fit = fitMosaic(grid, { width: 900, height: 615 }, 3)
    expect(fit).toEqual({ width: 615, height: 615, side: 100, gap: 3 })
    expect(wholeScale(grid, fit)).toBe(7)
  })

  test('never leaves its box, and never vanishes', () => {
    const side = fc.integer({ min: 60, max: 3000 })
    const count = fc.integer({ min: 1, max: 10 })
    const tile = fc.constantFrom(4, 32, 256, 1024)
    fc.assert(
      fc.property(side, side, count, count, tile, (width, height, columns, rows, tile) => {
        const fit = fitMosaic({ columns, rows, tile }, { width, height }, 2)
        expect(fit.side).toBeGreaterThanOrEqual(1)
        expect(fit.width).toBeLessThanOrEqual(width)
        expect(fit.height).toBeLessThanOrEqual(height)
        expect(wholeScale({ columns, rows, tile }, fit) * tile).toBeGreaterThanOrEqual(fit.side)
      }),
    )
  })
})

test('a fade ramp is filled up to alpha', () => {
  expect(fadeRamp(0.25, 100, 40)).toEqual({
    ramp: '0,40 100,0 100,40',
    filled: '0,40 25,30 25,40',
    dot: { x: 25, y: 30 },
  })
  expect(fadeRamp(2, 100, 40).dot).toEqual({ x: 100, y: 0 })
})

describe('a chart’s range', () => {
  test('leaves lone spikes out', () => {
    const values = [...Array.from({ length: 200 }, (_, i) => Math.sin(i)), 5000, -9000, NaN]
    const range = chartRange(values)!
    expect(range.min).toBeGreaterThan(-2)
    expect(range.max).toBeLessThan(2)
  })

  test('has room around a flat line; nothing has none', () => {
    expect(chartRange([3, 3, 3])).toEqual({ min: 3 - 0.36, max: 3 + 0.36 })
    expect(chartRange([NaN, Infinity])).toBeNull()
  })
})
