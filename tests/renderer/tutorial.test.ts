import { expect, test } from 'vitest'
import { isTutorial, trainConfigFor } from '../../shared/domain/presets'
import {
  inMicroBatches,
  scheduled,
  usualConfig,
  withFittingMicroBatches,
  withoutTutorial,
  withTutorial,
} from '../../renderer/state/draft'

const usual = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'small',
  firstResolution: 4,
  finalResolution: 16,
  microBatch: 8,
  mirror: true,
})

test('the tutorial brings what the command line calls so, and takes whole batches', () => {
  const config = withTutorial(usual)
  const stages = scheduled(config.stages, 'tutorial', new Map(), 1)
  expect({ ...config, stages }).toEqual(
    trainConfigFor({
      seed: 1,
      channels: 3,
      preset: 'small',
      firstResolution: 4,
      finalResolution: 16,
      mirror: true,
      tutorial: true,
    }),
  )
})

test('leaving it puts the usual settings back and touches nothing else', () => {
  const back = withoutTutorial(withTutorial(usual))
  const whole = usual.stages.map((plan) => ({ ...plan, microBatch: null }))
  expect(back).toEqual({ ...usual, stages: whole })
  const largest = withoutTutorial(withTutorial(usualConfig('paper')))
  expect(largest.stages.at(-1)!.learningRate).toBe(1.5e-3)
})

test('settings that are no tutorial’s are left alone', () => {
  const own = { ...withTutorial(usual), loss: 'logistic-r1' } as const
  expect(isTutorial(own)).toBe(false)
  expect(withoutTutorial(own)).toBe(own)
})

test('batch normalisation gets no micro-batches', () => {
  const batchNorm = { ...usual, generatorNorm: 'batch' } as const
  for (const config of [inMicroBatches(batchNorm, 4), withFittingMicroBatches(batchNorm)]) {
    expect(config.stages.every(({ microBatch }) => microBatch === null)).toBe(true)
  }
  expect(inMicroBatches(usual, 4).stages[0]!.microBatch).toBe(4)
})
