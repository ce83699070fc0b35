import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomStream } from '../../main/trainer/random'

const address = fc.tuple(fc.nat(0xffffffff), fc.string({ maxLength: 8 }), fc.nat())

test('a stream follows from its seed, name and step alone', () => {
  fc.assert(
    fc.property(address, fc.nat(50), ([seed, stream, step], count) => {
      const draw = () => randomStream(seed, stream, step)
      expect(draw().normals(count)).toEqual(draw().normals(count))
      expect(draw().uniforms(count)).toEqual(draw().uniforms(count))
      expect(draw().permutation(count)).toEqual(draw().permutation(count))
    }),
  )
})

test('seed, name and step each make another stream', () => {
  const first = (...at: Parameters<typeof randomStream>) =>
    randomStream(...at)
      .uniforms(8)
      .join()
  const streams = [
    first(1, 'a', 1),
    first(2, 'a', 1),
    first(1, 'b', 1),
    first(1, 'a', 2),
    first(1, '1/a', 1),
  ]
  expect(new Set(streams).size).toBe(streams.length)
})

test('these numbers never change: runs go on with them', () => {
  const stream = randomStream(7, 'latents', 3)
  expect([...stream.uniforms(3)].map((value) => value * 2 ** 24)).toMatchInlineSnapshot(`
    [
      4222079,
      14826020,
      5457034,
    ]
  `)
  expect([...stream.normals(3)].map((value) => value.toFixed(6))).toMatchInlineSnapshot(`
    [
      "-0.216379",
      "-0.042896",
      "-0.640336",
    ]
  `)
  expect([...stream.permutation(6)]).toMatchInlineSnapshot(`
    [
      1,
      5,
      3,
      4,
      2,
      0,
    ]
  `)
  expect([stream.int(10), stream.int(10), stream.int(2 ** 32)]).toMatchInlineSnapshot(`
    [
      5,
      0,
      1611833090,
    ]
  `)
})

test('a permutation has each number once', () => {
  fc.assert(
    fc.property(address, fc.nat(300), (at, n) => {
      const sorted = randomStream(...at)
        .permutation(n)
        .sort()
      expect(sorted).toEqual(Uint32Array.from({ length: n }, (_, i) => i))
    }),
  )
})

test('every order of three is about as frequent', () => {
  const counts = new Map<string, number>()
  for (let step = 0; step < 6000; step++) {
    const order = randomStream(1, 'order', step).permutation(3).join()
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  // Six binomials of mean 1000 and deviation 29: 5 deviations.
  expect(counts.size).toBe(6)
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145)
})

test('normals have the moments of the normal distribution', () => {
  const values = randomStream(3, 'normals', 0).normals(1_000_000)
  const mean = (f: (x: number) => number) =>
    values.reduce((sum, x) => sum + f(x), 0) / values.length
  // Bounds of about 5 deviations of each estimate.
  expect(Math.abs(mean((x) => x))).toBeLessThan(0.005)
  expect(Math.abs(mean((x) => x * x) - 1)).toBeLessThan(0.0071)
  expect(Math.abs(mean((x) => x ** 3))).toBeLessThan(0.0195)
  expect(Math.abs(mean((x) => x ** 4) - 3)).toBeLessThan(0.05)
  expect(Math.abs(mean((x) => (Math.abs(x) > 3 ? 1 : 0)) - 0.0027)).toBeLessThan(0.00026)
})

test('uniforms lie in [0, 1) and spread evenly', () => {
  const values = randomStream(3, 'uniforms', 0).uniforms(100_000)
  const bins = new Float64Array(10)
  for (const value of values) {
    expect(value >= 0 && value < 1).toBe(true)
    bins[Math.floor(value * 10)]!++
  }
  for (const bin of bins) expect(Math.abs(bin - 10_000)).toBeLessThan(475)
})
