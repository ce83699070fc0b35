import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/trainConfig'
import { positionAt } from '../../shared/schedule'
import { Minibatches } from '../../main/trainer/minibatches'
import type { Level } from '../../main/store/datasetFile'

const COUNT = 37

/** A level in memory whose picture number `n` has `n` in its left half and `n + 100` in its right. */
const level: Level = {
  count: COUNT,
  resolution: 4,
  channels: 1,
  read: (indices, into) => {
    indices.forEach((n, i) => {
      for (let p = 0; p < 16; p++) into[i * 16 + p] = p % 4 < 2 ? n : n + 100
    })
  },
}

const config = trainConfigFor({
  seed: 3,
  channels: 1,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 8,
})
const segment = positionAt(config, 0)
const batch = segment.batch

test('the inputs of a step do not depend on the steps asked for before', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.array(fc.nat(200)), (step, others) => {
      const used = new Minibatches(config, segment, level)
      for (const other of others) used.inputsAt(other * batch, other)
      const fresh = new Minibatches(config, segment, level)
      expect(used.inputsAt(step * batch, step)).toEqual(fresh.inputsAt(step * batch, step))
    }),
    { numRuns: 20 },
  )
})

test('every epoch shows each picture once, in an order of its own', () => {
  const minibatches = new Minibatches(config, segment, level)
  const seen: number[] = []
  for (let step = 0; step < COUNT; step++) {
    const { reals } = minibatches.inputsAt(step * batch, step)
    for (let i = 0; i < batch; i++) seen.push(reals![i * 16]!)
  }
  const epochs = Array.from({ length: batch }, (_, e) => seen.slice(e * COUNT, (e + 1) * COUNT))
  for (const epoch of epochs) {
    expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, n) => n))
  }
  expect(epochs[0]).not.toEqual(epochs[1])
})

test('about half of the pictures are mirrored, whole, when asked', () => {
  const mirrored = new Minibatches({ ...config, mirror: true }, segment, level)
  let turned = 0
  for (let step = 0; step < 100; step++) {
    const { reals } = mirrored.inputsAt(step * batch, step)
    for (let i = 0; i < batch; i++) {
      const row = [...reals!.subarray(i * 16, i * 16 + 4)]
      const [left, , , right] = row as [number, number, number, number]
      expect(row).toEqual([left, left, right, right])
      expect(Math.abs(left - right)).toBe(100)
      if (left > right) turned++
    }
  }
  expect(turned / (100 * batch)).toBeGreaterThan(0.45)
  expect(turned / (100 * batch)).toBeLessThan(0.55)
})

test("Adam's step starts at one in each segment; mixing weights are WGAN-GP's alone", () => {
  const fade = positionAt(config, 30_000)
  expect(fade.phase).toBe('fade')
  const start = fade.start
  const minibatches = new Minibatches(config, fade, { ...level, resolution: 4 })
  expect(minibatches.inputsAt(start, 9).adamStep).toEqual(Float32Array.of(1))
  expect(minibatches.inputsAt(start + 2 * batch, 9)).toMatchObject({ adamStep: Float32Array.of(3) })
  expect(minibatches.inputsAt(start, 9)).toHaveProperty('mix')
  const logistic = new Minibatches({ ...config, loss: 'logistic' }, segment, level)
  expect(logistic.inputsAt(0, 0)).not.toHaveProperty('mix')
  expect(logistic.inputsAt(0, 0)).not.toHaveProperty('alpha')
})

test('pictures added to the dataset later do not change what a run sees', () => {
  const kept = { ...config, pictures: COUNT }
  const before = new Minibatches(kept, segment, level)
  const after = new Minibatches(kept, segment, { ...level, count: COUNT + 5 })
  for (let step = 0; step < 10; step++) {
    expect(after.inputsAt(step * batch, step)).toEqual(before.inputsAt(step * batch, step))
  }
})
