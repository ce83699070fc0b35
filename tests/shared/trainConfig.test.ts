import * as v from 'valibot'
import { expect, test } from 'vitest'
import { isTutorial, trainConfigFor, type TrainChoices } from '../../shared/domain/presets'
import { TrainConfigSchema } from '../../shared/domain/trainConfig'

const CHOICES: TrainChoices = {
  seed: 1,
  channels: 3,
  preset: 'medium',
  firstResolution: 4,
  finalResolution: 512,
}

test('each stage takes the largest micro-batch that its groups allow', () => {
  const of = (microBatch: number) =>
    trainConfigFor({ ...CHOICES, microBatch }).stages.map((stage) => stage.microBatch)
  // Batches of 16, of 8 at 256 px and of 4 at 512 px, which is one group.
  expect(of(8)).toEqual([8, 8, 8, 8, 8, 8, null, null])
  expect(of(7)).toEqual([4, 4, 4, 4, 4, 4, 4, null])
  expect(of(1)).toEqual([4, 4, 4, 4, 4, 4, 4, null])
  expect(of(100)).toEqual([null, null, null, null, null, null, null, null])
})

test('settings from before there were micro-batches still read', () => {
  const config = trainConfigFor(CHOICES)
  const stored = JSON.stringify(config).replaceAll('"microBatch":null,', '')
  expect(stored).not.toContain('microBatch')
  expect(v.parse(TrainConfigSchema, JSON.parse(stored))).toEqual(config)
})

test('settings from before there was a norm to choose, or critic steps, still read', () => {
  const config = trainConfigFor(CHOICES)
  const { generatorNorm, criticSteps, ...older } = config
  expect([generatorNorm, criticSteps]).toEqual(['pixel', 1])
  expect(v.parse(TrainConfigSchema, older)).toEqual(config)
})

test('batch normalisation does not go with micro-batches, and says why', () => {
  expect(() => trainConfigFor({ ...CHOICES, generatorNorm: 'batch', microBatch: 8 })).toThrow(
    'batch normalisation takes its statistics over whole batches',
  )
  expect(trainConfigFor({ ...CHOICES, generatorNorm: 'batch' }).generatorNorm).toBe('batch')
})

test('critic steps are 1 to 10', () => {
  for (const criticSteps of [0, 1.5, 11]) {
    expect(() => trainConfigFor({ ...CHOICES, criticSteps })).toThrow()
  }
  expect(trainConfigFor({ ...CHOICES, criticSteps: 10 }).criticSteps).toBe(10)
})

test('a tutorial has its settings, and single ones can be others', () => {
  const config = trainConfigFor({ ...CHOICES, tutorial: true })
  expect(isTutorial(config)).toBe(true)
  expect(config).toMatchObject({
    generatorNorm: 'batch',
    loss: 'logistic',
    adam: { beta1: 0.5, beta2: 0.999 },
  })
  expect(config.stages.every(({ learningRate }) => learningRate === 2e-4)).toBe(true)
  expect(config.stages.at(-1)!.stableImages).toBe(config.stages[0]!.stableImages)
  expect(isTutorial(trainConfigFor(CHOICES))).toBe(false)
  expect(trainConfigFor({ ...CHOICES, tutorial: true, loss: 'wgan-gp' }).loss).toBe('wgan-gp')
})

test('a micro-batch that tears groups apart is refused', () => {
  const config = trainConfigFor(CHOICES)
  for (const microBatch of [2, 6, 12, 32]) {
    const stages = config.stages.map((stage, i) => (i === 0 ? { ...stage, microBatch } : stage))
    expect(v.safeParse(TrainConfigSchema, { ...config, stages }).success).toBe(false)
  }
})
