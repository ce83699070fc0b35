import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import type { Augmentation } from '../../shared/domain/trainConfig'
import { positionAt } from '../../shared/schedule'
import { Minibatches } from '../../main/trainer/minibatches'
import type { Level } from '../../main/store/datasetFile'

const COUNT = 37

/** A level in memory whose picture number `n` is all `n`. */
const level: Level = {
  count: COUNT,
  resolution: 4,
  channels: 1,
  read: (indices, into) => {
    indices.forEach((n, i) => {
      for (let p = 0; p < 16; p++) into[i * 16 + p] = n
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

test('a step with several updates of the discriminator goes on where the one before ended', () => {
  const three = { ...config, criticSteps: 3, loss: 'wgan-gp' } as const
  const steps = new Minibatches(three, positionAt(three, 0), level)
  const single = new Minibatches(config, segment, level)
  const picturesOf = (reals: ArrayLike<number>, count: number) =>
    Array.from({ length: count }, (_, i) => reals[i * 16]!)
  const seen = [0, 1].flatMap((step) => {
    const inputs = steps.inputsAt(step * 3 * batch, step)
    expect(inputs['latents']).toHaveLength(3 * batch * config.latentSize)
    expect(inputs['mix']).toHaveLength(3 * batch)
    expect(inputs['adamStep']).toEqual(Float32Array.of(step + 1))
    return picturesOf(inputs['reals']!, 3 * batch)
  })
  const expected = Array.from({ length: 6 }, (_, i) =>
    picturesOf(single.inputsAt(i * batch, i)['reals']!, batch),
  )
  expect(seen).toEqual(expected.flat())
})

test('about half of the pictures are to be mirrored when asked', () => {
  expect(new Minibatches(config, segment, level).inputsAt(0, 0)).not.toHaveProperty('mirror')
  const mirrored = new Minibatches({ ...config, mirror: true }, segment, level)
  let turned = 0
  for (let step = 0; step < 100; step++) {
    const { mirror } = mirrored.inputsAt(step * batch, step)
    for (const coin of mirror!) {
      expect([0, 1]).toContain(coin)
      turned += coin
    }
  }
  expect(turned / (100 * batch)).toBeGreaterThan(0.45)
  expect(turned / (100 * batch)).toBeLessThan(0.55)
})

test('labels are those of the very pictures', () => {
  const labels = Array.from({ length: COUNT }, (_, n) => n % 3)
  const told = new Minibatches({ ...config, classes: ['a', 'b', 'c'] }, segment, level, labels)
  for (let step = 0; step < 5; step++) {
    const inputs = told.inputsAt(step * batch, step)
    for (let i = 0; i < batch; i++) expect(inputs.labels![i]).toBe(inputs.reals![i * 16]! % 3)
  }
  expect(new Minibatches(config, segment, level, labels).inputsAt(0, 0)).not.toHaveProperty(
    'labels',
  )
})

test("augmentation's numbers are in their ranges, and one kind's do not hang on another's", () => {
  const inputsWith = (augment: Augmentation[]) => {
    const minibatches = new Minibatches({ ...config, augment }, segment, level)
    return Array.from({ length: 100 }, (_, step) => minibatches.inputsAt(step * batch, step))
  }
  const all = inputsWith(['color', 'translation', 'cutout'])
  const values = (name: string, offset: number, stride: number) =>
    all.flatMap((inputs) => [...inputs[name]!].filter((_, i) => i % stride === offset))
  for (const of of ['reals', 'fakes']) {
    for (const [offset, low, high] of [
      [0, -0.5, 0.5],
      [1, 0, 2],
      [2, 0.5, 1.5],
    ] as const) {
      const numbers = values(`color/${of}`, offset, 3)
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(low)
      expect(Math.max(...numbers)).toBeLessThanOrEqual(high)
      expect(Math.max(...numbers) - Math.min(...numbers)).toBeGreaterThan(0.95 * (high - low))
    }
    expect(new Set(values(`translation/${of}`, 0, 2))).toEqual(new Set([-1, 0, 1]))
    expect(new Set(values(`cutout/${of}`, 1, 2))).toEqual(new Set([-1, 0, 1, 2, 3]))
  }
  expect(values('color/reals', 0, 3)).not.toEqual(values('color/fakes', 0, 3))
  for (const [i, inputs] of inputsWith(['cutout']).entries()) {
    expect(inputs['cutout/reals']).toEqual(all[i]!['cutout/reals'])
    expect(inputs).not.toHaveProperty('color/reals')
  }
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
