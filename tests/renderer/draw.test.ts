import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { chartRange } from '../../renderer/draw/chartRange'
import { fadeRamp } from '../../renderer/draw/fade'
import {
  paintStrip,
  stripIndex,
  stripRange,
  stripReveal,
  stripWidth,
} from '../../renderer/draw/filmStrip'
import { lerpBytes } from '../../renderer/draw/lerp'
import {
  columnChoices,
  fitMosaic,
  paintMosaic,
  pairDirection,
  partOf,
  wholeScale,
  zoomMosaic,
} from '../../renderer/draw/mosaic'
import { Painter } from '../../renderer/draw/painter'
import { spreadPins } from '../../renderer/draw/pins'
import { keptSurfaces } from '../../renderer/draw/surface'
import { positionDrawn, timelineLayout, timelineX } from '../../renderer/draw/timeline'
import { trainConfigFor } from '../../shared/domain/presets'
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

  test('moves its marker by whole pixels, and never into another segment', () => {
    const step = end / size.width
    const drawn = (position: number) => positionDrawn(segments, end, position, step)
    const layoutAt = (position: number) => timelineLayout(segments, end, position, size)
    fc.assert(
      fc.property(fc.nat(end), (position) => {
        const [exact, shown] = [layoutAt(position), layoutAt(drawn(position))]
        expect(Math.abs(exact.marker!.x - shown.marker!.x)).toBeLessThanOrEqual(1)
        const progress = ({ shapes }: typeof exact) => shapes.map((shape) => shape.progress)
        expect(progress(shown)).toEqual(progress(exact))
      }),
    )
    const places = Array.from({ length: end + 1 }, (_, position) => drawn(position))
    expect(new Set(places).size).toBeLessThanOrEqual(size.width + segments.length + 1)
    expect(drawn(end)).toBe(end)
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
    // 100 device pixels would fit; 96 are six whole ones for each of a picture's.
    expect(fit).toEqual({ width: 591, height: 591, side: 96, gap: 3 })
    expect(wholeScale(grid.tile, fit)).toBe(6)
    // One whole pixel each would leave most of the room: rather fractions.
    expect(fitMosaic({ ...grid, tile: 60 }, { width: 900, height: 615 }, 3).side).toBe(100)
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
        expect(wholeScale(tile, fit) * tile).toBeGreaterThanOrEqual(fit.side)
      }),
    )
  })
})

describe('a mosaic’s part, zoom and neighbour', () => {
  test('fewer columns have fewer rows, in about the same shape', () => {
    const whole = { columns: 8, rows: 6 }
    expect(columnChoices(8)).toEqual([8, 4, 2])
    expect(columnChoices(6)).toEqual([6, 3])
    expect(partOf(whole, 4)).toEqual({ columns: 4, rows: 3 })
    expect(partOf(whole, 2)).toEqual({ columns: 2, rows: 2 })
    expect(partOf({ columns: 8, rows: 1 }, 2)).toEqual({ columns: 2, rows: 1 })
    expect(partOf(whole, 80)).toEqual(whole)
  })

  test('a zoom makes each pixel a square of so many', () => {
    const fit = zoomMosaic({ columns: 8, rows: 6, tile: 16 }, 4, 3)
    expect(fit).toEqual({ width: 533, height: 399, side: 64, gap: 3 })
  })

  test('two go beside each other where that makes them larger', () => {
    const shape = { width: 8, height: 6 }
    expect(pairDirection(shape, { width: 1200, height: 500 }, 16)).toBe('row')
    expect(pairDirection(shape, { width: 500, height: 900 }, 16)).toBe('column')
  })

  test('is drawn tile by tile from the whole, unsmoothed at whole multiples', () => {
    const calls: number[][] = []
    const context = {
      clearRect: () => {},
      drawImage: (_: unknown, ...numbers: number[]) => calls.push(numbers),
      imageSmoothingEnabled: true,
    }
    const source = { image: {} as CanvasImageSource, columns: 8, rows: 6, tile: 16 }
    const fit = zoomMosaic({ columns: 2, rows: 1, tile: 16 }, 2, 3)
    const none = () => {
      throw new Error('no surface is needed')
    }
    paintMosaic(
      context as unknown as CanvasRenderingContext2D,
      source,
      { columns: 2, rows: 1 },
      fit,
      none,
    )
    expect(calls).toEqual([
      [0, 0, 16, 16, 0, 0, 32, 32],
      [16, 0, 16, 16, 35, 0, 32, 32],
    ])
    expect(context.imageSmoothingEnabled).toBe(false)
  })

  test('is resampled as a whole where the size is no whole multiple', () => {
    const sizes: number[][] = []
    const context = { clearRect: () => {}, drawImage: () => {}, imageSmoothingEnabled: true }
    const source = { image: {} as CanvasImageSource, columns: 8, rows: 6, tile: 16 }
    const make = (width: number, height: number) => {
      sizes.push([width, height])
      return {
        ...context,
        canvas: { width, height },
      } as unknown as OffscreenCanvasRenderingContext2D
    }
    const part = { columns: 8, rows: 6 }
    const paint = (side: number) => {
      const fit = fitMosaic({ ...part, tile: side }, { width: side * 8, height: side * 6 }, 0)
      paintMosaic(context as unknown as CanvasRenderingContext2D, source, part, fit, make)
    }
    paint(25)
    // Enlarged by two, then brought to 25; smaller ones are brought there at once.
    expect(sizes).toEqual([
      [256, 192],
      [200, 150],
    ])
    paint(10)
    expect(sizes[2]).toEqual([80, 60])
  })
})

test('surfaces are made again only when their size changes', () => {
  let made = 0
  const make = keptSurfaces((width, height) => {
    made++
    return { canvas: { width, height } } as unknown as OffscreenCanvasRenderingContext2D
  })
  const [a, b] = [make(4, 4), make(8, 8)]
  expect([make(4, 4), make(8, 8), make(4, 4)]).toEqual([a, b, a])
  expect(made).toBe(2)
  make(9, 9)
  make(8, 8)
  expect(made).toBe(4)
})

test('a painter paints once a frame, what was asked for last, however often it is asked', () => {
  const frames: (() => void)[] = []
  vi.stubGlobal('requestAnimationFrame', (work: () => void) => frames.push(work))
  vi.stubGlobal('cancelAnimationFrame', (id: number) => (frames[id - 1] = () => {}))
  const painted: number[] = []
  const painter = new Painter()
  for (const n of [1, 2, 3]) painter.ask(() => painted.push(n))
  expect(frames).toHaveLength(1)
  frames[0]!()
  painter.ask(() => painted.push(4))
  painter.stop()
  frames.at(-1)!()
  expect(painted).toEqual([3])
  vi.unstubAllGlobals()
})

describe('pins on the timeline', () => {
  test('stand where they belong when there is room', () => {
    expect(spreadPins([100, 200, 400], 24, 18, 1000)).toEqual([100, 200, 400])
    expect(timelineX(end / 2, end, 1020)).toBe(510)
  })

  test('make room for each other, in order and inside, whatever the places', () => {
    const xs = fc.array(fc.integer({ min: -50, max: 1100 }), { maxLength: 60 })
    fc.assert(
      fc.property(xs, (wanted) => {
        const sorted = [...wanted].sort((a, b) => a - b)
        const places = spreadPins(sorted, 24, 18, 1002)
        const step = Math.min(24, 984 / Math.max(1, sorted.length - 1))
        places.forEach((x, i) => {
          expect(x).toBeGreaterThanOrEqual(18)
          expect(x).toBeLessThanOrEqual(1002)
          if (i > 0) expect(x - places[i - 1]!).toBeGreaterThanOrEqual(step - 1e-9)
        })
      }),
    )
  })
})

describe('a film strip', () => {
  const shape = { side: 72, gap: 8, inset: 4 }

  test('shows what its window covers', () => {
    expect(stripWidth(shape, 10)).toBe(800)
    expect(stripRange(shape, 10, 0, 160)).toEqual({ first: 0, last: 1 })
    expect(stripRange(shape, 10, 85, 160)).toEqual({ first: 1, last: 3 })
    expect(stripRange(shape, 10, 700, 300)).toEqual({ first: 8, last: 9 })
    expect(stripRange(shape, 0, 0, 300)).toBeNull()
    expect(stripIndex(shape, 10, 100)).toBe(1)
    expect(stripIndex(shape, 10, 5000)).toBe(9)
  })

  test('moves just so far that a picture and a neighbour are in sight', () => {
    fc.assert(
      fc.property(fc.nat(1999), fc.nat(160_000), (index, left) => {
        const to = stripReveal(shape, index, left, 460)
        const from = shape.inset + index * 80 - to
        expect(from).toBeGreaterThanOrEqual(0)
        expect(from + shape.side).toBeLessThanOrEqual(460)
        expect(stripReveal(shape, index, to, 460)).toBe(to)
      }),
    )
  })

  test('draws an empty place for what is on its way, and frames the one at hand', () => {
    const calls: string[] = []
    const note = (name: string) => () => calls.push(name)
    const context = {
      clearRect: () => {},
      fillRect: note('fill'),
      strokeRect: note('frame'),
      drawImage: note('picture'),
      fillText: note('mark'),
    }
    const picture = { width: 16, height: 16 } as ImageBitmap
    paintStrip(
      context as unknown as CanvasRenderingContext2D,
      shape,
      { left: 0, width: 160, first: 0 },
      [
        { picture, current: true, mark: null },
        { picture: null, current: false, mark: null },
      ],
      { empty: '#000', current: '#0f0', mark: '#fff', label: '#fff' },
      '11px sans-serif',
    )
    expect(calls).toEqual(['picture', 'frame', 'fill'])
  })
})

test('what lies between two pictures is rounded', () => {
  const [from, to] = [Uint8Array.of(0, 10, 255), Uint8Array.of(255, 11, 0)]
  expect([...lerpBytes(from, to, 0)]).toEqual([...from])
  expect([...lerpBytes(from, to, 1)]).toEqual([...to])
  expect([...lerpBytes(from, to, 0.25)]).toEqual([64, 10, 191])
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
