import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { descriptorSize, normaliseChannels } from '../../main/quality/descriptors'
import { drawLevels, Gauge, perPicture, type GaugeShape } from '../../main/quality/gauge'
import { laplacianPyramid, levelSides } from '../../main/quality/pyramid'
import {
  slicedDistance,
  sortedProjections,
  unitDirections,
} from '../../main/quality/slicedDistance'
import { randomStream } from '../../main/trainer/random'

const numbers = (seed: number) => (purpose: string) => randomStream(seed, purpose, 0)

function noise(size: number, seed: number, spread = 255): Uint8Array {
  return Uint8Array.from(randomStream(seed, 'noise', 0).uniforms(size), (value) => spread * value)
}

function gaugeOf(shape: GaugeShape, seed = 1): Gauge {
  return new Gauge(shape, drawLevels(shape, numbers(seed)))
}

function distanceOf(gauge: Gauge, a: Uint8Array, b: Uint8Array): number {
  const [first, second] = [a, b].map((pixels) => {
    const gathering = gauge.gather()
    gathering.add(pixels)
    return gathering.projections()
  }) as [Float32Array[], Float32Array[]]
  return Gauge.distance(first, second)
}

describe('the pyramid', () => {
  test('has the sides from the picture’s down to 16', () => {
    expect([4, 8, 16, 32, 256].map(levelSides)).toEqual([
      [16],
      [16],
      [16],
      [32, 16],
      [256, 128, 64, 32, 16],
    ])
  })

  test('of a picture below 16 px is the picture, enlarged by repeating pixels', () => {
    const picture = Float32Array.from({ length: 4 * 4 * 3 }, (_, i) => i)
    const levels = laplacianPyramid(picture, 4, 3)
    expect(levels).toHaveLength(1)
    const at = (x: number, y: number) => [...levels[0]!.subarray((y * 16 + x) * 3).subarray(0, 3)]
    expect(at(0, 0)).toEqual([0, 1, 2])
    expect(at(3, 3)).toEqual([0, 1, 2])
    expect(at(15, 15)).toEqual([45, 46, 47])
    expect(at(4, 11)).toEqual([27, 28, 29])
  })

  test('of an even picture has no detail, and keeps its value', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (value) => {
        const levels = laplacianPyramid(new Float32Array(64 * 64).fill(value), 64, 1)
        expect(Math.max(...[...levels[0]!, ...levels[1]!].map(Math.abs))).toBeLessThan(1e-6)
        expect(levels[2]!.every((each) => Math.abs(each - value) < 1e-6)).toBe(true)
      }),
    )
  })

  test('is linear in the picture', () => {
    const one = Float32Array.from(noise(32 * 32 * 3, 1), (byte) => byte / 255)
    const other = Float32Array.from(noise(32 * 32 * 3, 2), (byte) => byte / 255)
    const sum = laplacianPyramid(
      one.map((value, i) => value + 2 * other[i]!),
      32,
      3,
    )
    const [a, b] = [laplacianPyramid(one, 32, 3), laplacianPyramid(other, 32, 3)]
    sum.forEach((level, i) =>
      level.forEach((value, j) => expect(value).toBeCloseTo(a[i]![j]! + 2 * b[i]![j]!, 5)),
    )
  })
})

describe('descriptors', () => {
  test('have mean 0 and deviation 1 in each channel; a flat channel is 0', () => {
    const size = descriptorSize(3)
    const descriptors = Float64Array.from(noise(20 * size, 3), (byte, i) =>
      i % 3 === 2 ? 0.7 : byte * (1 + (i % 3)) - 40,
    )
    normaliseChannels(descriptors, 3)
    for (const channel of [0, 1]) {
      const own = descriptors.filter((_, i) => i % 3 === channel)
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length
      const square = own.reduce((sum, value) => sum + value * value, 0) / own.length
      expect(mean).toBeCloseTo(0, 9)
      expect(square).toBeCloseTo(1, 9)
    }
    expect(descriptors.filter((_, i) => i % 3 === 2).every((value) => value === 0)).toBe(true)
  })
})

describe('the sliced distance', () => {
  const size = 5
  const set = (seed: number, count: number) =>
    Float64Array.from(randomStream(seed, 'set', 0).normals(count * size))
  const directions = unitDirections(randomStream(9, 'directions', 0).normals(7 * size), size)
  const between = (a: Float64Array, b: Float64Array) =>
    slicedDistance(sortedProjections(a, directions, size), sortedProjections(b, directions, size))
  const seeds = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000))

  test('projects onto vectors of length 1, as many as there are', () => {
    for (let k = 0; k < 7; k++) {
      const one = directions.subarray(k * size, (k + 1) * size)
      expect(Math.hypot(...one)).toBeCloseTo(1, 12)
    }
    const one = set(1, 3)
    const projections = sortedProjections(one, directions, size)
    for (let k = 0; k < 7; k++) {
      const expected = [0, 1, 2].map((i) =>
        Array.from(
          { length: size },
          (_, x) => one[i * size + x]! * directions[k * size + x]!,
        ).reduce((sum, value) => sum + value),
      )
      expected.sort((a, b) => a - b)
      expected.forEach((value, i) => expect(projections[k * 3 + i]).toBeCloseTo(value, 5))
    }
  })

  test('is a distance: 0 to itself in any order, symmetric, and no detour is shorter', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 300 }), ([a, b, c], count) => {
        const [one, two, three] = [set(a, count), set(b, count), set(c, count)]
        const turned = new Float64Array(one.length)
        for (let i = 0; i < count; i++) {
          turned.set(one.subarray(i * size, (i + 1) * size), (count - 1 - i) * size)
        }
        expect(between(one, turned)).toBe(0)
        expect(between(one, two)).toBe(between(two, one))
        expect(between(one, three)).toBeLessThanOrEqual(
          between(one, two) + between(two, three) + 1e-6,
        )
      }),
      { numRuns: 20 },
    )
  })

  test('of a shifted set is the shift along each direction', () => {
    const one = set(4, 200)
    const shift = [1, -2, 0.5, 3, 0]
    const shifted = one.map((value, i) => value + shift[i % size]!)
    const expected =
      Array.from({ length: 7 }, (_, k) =>
        Math.abs(shift.reduce((sum, by, x) => sum + by * directions[k * size + x]!, 0)),
      ).reduce((sum, value) => sum + value) / 7
    expect(between(one, shifted)).toBeCloseTo(expected, 5)
  })
})

describe('the gauge', () => {
  test.each([
    [4, 1],
    [8, 4],
    [32, 3],
  ])(
    'finds pictures at %i px with %i channels alike, and other ones apart',
    (resolution, channels) => {
      const shape = { resolution, channels, pictures: 24 }
      const bytes = 24 * resolution * resolution * channels
      const gauge = gaugeOf(shape)
      const reals = noise(bytes, 1)
      const alike = distanceOf(gauge, reals, noise(bytes, 2))
      const size = bytes / 24
      const flat = Uint8Array.from({ length: bytes }, (_, i) => 10 * Math.floor(i / size))
      const apart = distanceOf(gauge, reals, flat)
      expect(distanceOf(gauge, reals, reals)).toBe(0)
      expect(alike).toBeGreaterThan(0)
      expect(apart).toBeGreaterThan(2 * alike)
    },
  )

  test('says the same for the same seed, also of pictures that come in parts', () => {
    const shape = { resolution: 16, channels: 3, pictures: 6 }
    const bytes = 6 * 16 * 16 * 3
    const [a, b] = [noise(bytes, 1), noise(bytes, 2)]
    const whole = distanceOf(gaugeOf(shape), a, b)
    expect(distanceOf(gaugeOf(shape), a, b)).toBe(whole)
    expect(distanceOf(gaugeOf(shape, 2), a, b)).not.toBe(whole)
    const gauge = gaugeOf(shape)
    const parts = gauge.gather()
    parts.add(a.subarray(0, (4 * bytes) / 6))
    expect(() => parts.projections()).toThrow('4 of 6')
    parts.add(a.subarray((4 * bytes) / 6))
    expect(() => parts.add(a.subarray(0, bytes / 6))).toThrow(RangeError)
    const other = gauge.gather()
    other.add(b)
    expect(Gauge.distance(parts.projections(), other.projections())).toBe(whole)
  })

  test('takes fewer neighbourhoods of each of many pictures', () => {
    expect([1, 256, 1024, 2048, 4096, 100_000].map(perPicture)).toEqual([32, 32, 32, 16, 8, 4])
  })
})
