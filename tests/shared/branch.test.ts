import { expect, test } from 'vitest'
import { branchProblem, grownTo, withLaterStages } from '../../shared/domain/branch'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'

/** 4 px to 1600, fade to 3200, 8 px to 4800, fade to 6400, 16 px to 8000. */
const PARENT = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 16,
  fadeImages: 1600,
  stableImages: 1600,
})

const kindAt = (imagesSeen: number, wanted: TrainConfig, dataset: number | null = 16) =>
  branchProblem(PARENT, imagesSeen, wanted, dataset)?.kind ?? null
const stages = (change: (plan: TrainConfig['stages'][number], i: number) => object) => ({
  ...PARENT,
  stages: PARENT.stages.map((plan, i) => ({ ...plan, ...change(plan, i) })),
})

test('the same settings always go on, but from the very end', () => {
  for (const images of [0, 16, 1600, 2000, 3200, 4800, 7984])
    expect(kindAt(images, PARENT)).toBeNull()
  expect(kindAt(8000, PARENT)).toBe('end')
  expect(
    kindAt(
      8000,
      stages((plan) => ({ stableImages: plan.resolution === 16 ? 3200 : 1600 })),
    ),
  ).toBeNull()
})

test('networks and data stay', () => {
  expect(kindAt(16, { ...PARENT, fmapMax: 128 })).toBe('fixed')
  expect(kindAt(16, { ...PARENT, channels: 1 })).toBe('fixed')
  expect(kindAt(16, { ...PARENT, generatorNorm: 'batch' })).toBe('fixed')
  expect(kindAt(16, { ...PARENT, criticSteps: 2 })).toBe('fixed')
  expect(kindAt(16, { ...PARENT, pictures: 7 })).toBe('fixed')
  expect(kindAt(16, { ...PARENT, adam: { ...PARENT.adam, beta1: 0.5 } })).toBe('adam')
  expect(kindAt(16, { ...PARENT, adam: { ...PARENT.adam, beta2: 0.9 } })).toBeNull()
  expect(kindAt(16, { ...PARENT, loss: 'logistic', mirror: true, emaDecay: 0.99 })).toBeNull()
})

test('what is past stays, what is to come may change', () => {
  const longer = stages(() => ({ stableImages: 3200 }))
  expect(kindAt(800, longer)).toBeNull()
  expect(kindAt(1600, longer)).toBeNull()
  expect(kindAt(2000, longer)).toBe('past')
  expect(
    kindAt(
      4000,
      stages((_, i) => (i > 0 ? { stableImages: 3200 } : {})),
    ),
  ).toBeNull()
  expect(
    kindAt(
      4000,
      stages((_, i) => (i > 0 ? { stableImages: 400 } : {})),
    ),
  ).toBe('past')
  expect(
    kindAt(
      2000,
      stages((_, i) => (i === 1 ? { fadeImages: 3200 } : {})),
    ),
  ).toBe('past')
  expect(
    kindAt(
      4000,
      stages((_, i) => (i === 2 ? { fadeImages: 3200, learningRate: 1e-4 } : {})),
    ),
  ).toBeNull()
  expect(kindAt(4000, { ...PARENT, stages: PARENT.stages.slice(0, 2) })).toBeNull()
  expect(kindAt(6000, { ...PARENT, stages: PARENT.stages.slice(0, 2) })).not.toBeNull()
})

test('steps stay whole', () => {
  const batch = (size: number) => stages((_, i) => (i === 1 ? { batch: size } : {}))
  expect(kindAt(3216, batch(8))).toBeNull()
  expect(kindAt(3216, batch(32))).toBe('batch')
  // With three updates of the discriminator a step is three batches.
  const three = { ...PARENT, criticSteps: 3 }
  const withBatch = (size: number) => ({
    ...three,
    stages: three.stages.map((plan, i) => (i === 0 ? { ...plan, batch: size } : plan)),
  })
  expect(branchProblem(three, 96, withBatch(32), 16)).toBeNull()
  expect(branchProblem(three, 48, withBatch(32), 16)?.message).toBe(
    'The checkpoint stands 48 images into its phase, which steps of 3 batches of 32 do not divide; ' +
      'choose a batch that does.',
  )
})

test('pictures must be there in the size', () => {
  expect(kindAt(16, PARENT, 8)).toBe('dataset')
  expect(kindAt(16, PARENT, null)).toBeNull()
})

test('later stages change, earlier ones and a fade that has begun do not', () => {
  const changed = withLaterStages(PARENT, 4000, (plan) => ({
    ...plan,
    fadeImages: 1,
    stableImages: 3200,
  }))
  expect(changed.stages.map(({ fadeImages, stableImages }) => [fadeImages, stableImages])).toEqual([
    [0, 1600],
    [1600, 3200],
    [1, 3200],
  ])
  expect(kindAt(4000, changed)).toBeNull()
})

test('growing on adds stages like the last one, and growing less drops some', () => {
  const own = stages((plan) => ({ stableImages: 3200, learningRate: plan.learningRate / 2 }))
  const tall = grownTo(own, 1024)
  expect(tall.stages.slice(0, 3)).toEqual(own.stages)
  expect(tall.stages.map(({ resolution }) => resolution)).toEqual([
    4, 8, 16, 32, 64, 128, 256, 512, 1024,
  ])
  expect(tall.stages[3]).toMatchObject({
    fadeImages: 1600,
    stableImages: 3200,
    batch: 16,
    learningRate: 5e-4,
  })
  // The paper's own rate for the largest size, halved as well.
  expect(tall.stages[8]).toMatchObject({ batch: 4, learningRate: 7.5e-4 })
  expect(grownTo(tall, 16)).toEqual(own)
  expect(grownTo(own, 16)).toEqual(own)
  const single = { ...PARENT, stages: PARENT.stages.slice(0, 1) }
  expect(grownTo(single, 8).stages[1]).toMatchObject({ fadeImages: 1600, stableImages: 1600 })
  expect(kindAt(8000, grownTo(PARENT, 32), null)).toBeNull()
  expect(kindAt(8000, grownTo(PARENT, 32))).toBe('dataset')
  expect(kindAt(8000, grownTo(PARENT, 8))).toBe('past')
})
