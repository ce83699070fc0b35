import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { walkPoints, type LatentPoint } from '../../shared/domain/sample'
import { between, latentOf, latentsOf, onSphere, seedLatent } from '../../main/export/latents'
import { withBackend } from '../../main/runtime/backend'
import '../../main/runtime/eager'
import { pixelNorm } from '../../main/trainer/norms'
import { randomStream } from '../../main/trainer/random'
import { closeness } from '../runtime/numbers'

const SIZE = 48
const seeds = fc.integer({ min: 0, max: 2 ** 31 })
const shares = fc.double({ min: 0, max: 1, noNaN: true })
const sphere = (seed: number) => onSphere(seedLatent(seed, SIZE))

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length
}

/** The generator's own first step. */
function normed(latent: Float32Array): Float32Array {
  return withBackend('cpu', () =>
    tf.tidy(() => pixelNorm(tf.tensor2d(latent, [1, latent.length])).dataSync<'float32'>()),
  )
}

test('a seed has the latent that sheets always drew for it', () => {
  expect(seedLatent(7, SIZE)).toEqual(randomStream(7, 'samples', 0).normals(SIZE))
  const point = { kind: 'sample', seed: 7, className: null } as const
  expect(latentsOf({ latentSize: SIZE, classes: null }, [point], 1).latents).toEqual(
    seedLatent(7, SIZE),
  )
})

test('an arc begins and ends at its ends, and stays on the sphere at constant speed', () => {
  fc.assert(
    fc.property(seeds, seeds, shares, (a, b, share) => {
      const [from, to] = [sphere(a), sphere(b)]
      expect(closeness(between(from, to, 0, 'spherical'), from)).toBeLessThan(1e-5)
      expect(closeness(between(from, to, 1, 'spherical'), to)).toBeLessThan(1e-5)
      const at = between(from, to, share, 'spherical')
      expect(meanSquare(at)).toBeCloseTo(1, 4)
      const angle = (x: Float32Array, y: Float32Array) =>
        Math.acos(Math.min(1, x.reduce((sum, value, i) => sum + value * y[i]!, 0) / SIZE))
      expect(angle(from, at)).toBeCloseTo(share * angle(from, to), 2)
    }),
  )
})

test('a straight line goes through the ball', () => {
  fc.assert(
    fc.property(seeds, seeds, shares, (a, b, share) => {
      const at = between(sphere(a), sphere(b), share, 'linear')
      expect(meanSquare(at)).toBeLessThan(1 + 1e-5)
      expect(at[3]).toBeCloseTo((1 - share) * sphere(a)[3]! + share * sphere(b)[3]!, 5)
    }),
  )
  expect(meanSquare(between(sphere(1), sphere(2), 0.5, 'linear'))).toBeLessThan(0.8)
})

test('the generator sees a point scaled by the truncation, though it normalises its latents', () => {
  fc.assert(
    fc.property(seeds, shares, shares, (seed, truncation, share) => {
      const point = between(sphere(seed), sphere(seed + 1), share, 'linear')
      const wanted = point.map((value) => truncation * value)
      const seen = normed(latentOf(point, truncation))
      // Within a thousandth of the sphere's radius the point is taken as on it.
      const most = Math.max(...seen.map((value, i) => Math.abs(value - wanted[i]!)))
      expect(most).toBeLessThan(5e-4)
    }),
  )
  expect(normed(latentOf(sphere(3), 0)).every((value) => Math.abs(value) === 0)).toBe(true)
  expect(closeness(normed(latentOf(sphere(3), 1)), sphere(3))).toBeLessThan(1e-5)
})

test('a mix of two classes has a share of each', () => {
  const from = { seed: 1, className: 'b' }
  const to = { seed: 2, className: null }
  const point: LatentPoint = { kind: 'between', from, to, share: 0.25, path: 'spherical' }
  const { classShares } = latentsOf({ latentSize: SIZE, classes: ['a', 'b', 'c'] }, [point], 1)
  expect([...classShares]).toEqual([0, 0.75, 0.25])
})

test('a walk goes through its stops evenly, and a loop ends one step before its beginning', () => {
  const stops = [10, 20, 30].map((seed) => ({ seed, className: null }))
  const at = (loop: boolean, frames: number) =>
    walkPoints({ stops, path: 'linear', loop }, frames).map((point) =>
      point.kind === 'between' ? [point.from.seed, point.to.seed, point.share] : [],
    )
  expect(at(false, 5)).toEqual([
    [10, 20, 0],
    [10, 20, 0.5],
    [20, 30, 0],
    [20, 30, 0.5],
    [20, 30, 1],
  ])
  expect(at(true, 6)).toEqual([
    [10, 20, 0],
    [10, 20, 0.5],
    [20, 30, 0],
    [20, 30, 0.5],
    [30, 10, 0],
    [30, 10, 0.5],
  ])
})
