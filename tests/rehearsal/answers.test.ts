import { expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import { answerKey } from '../../main/rehearsal/answers'

const PLACE = { device: 'cpu', threads: 2, machine: 'here' }
const CHOICES = {
  seed: 1,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 16,
} as const
const config = trainConfigFor(CHOICES)
const key = answerKey(config, 1, PLACE)

test('the schedule, the seed and later stages leave a key as it is', () => {
  for (const same of [
    { ...CHOICES, seed: 2 },
    { ...CHOICES, fadeImages: 5000, stableImages: 7 },
    { ...CHOICES, imageLimit: 100 },
    { ...CHOICES, finalResolution: 64 } as const,
  ]) {
    expect(answerKey(trainConfigFor(same), 1, PLACE)).toBe(key)
  }
  expect(answerKey({ ...config, threads: 2 }, 1, PLACE)).toBe(key)
})

test('whatever changes the program or the place changes the key', () => {
  const keys = [
    answerKey(config, 2, PLACE),
    answerKey(config, 1, { ...PLACE, threads: 1 }),
    answerKey(config, 1, { ...PLACE, device: 'webgpu' }),
    answerKey(config, 1, { ...PLACE, machine: 'there' }),
    answerKey(trainConfigFor({ ...CHOICES, preset: 'small' }), 1, PLACE),
    answerKey(trainConfigFor({ ...CHOICES, loss: 'logistic' }), 1, PLACE),
    answerKey(trainConfigFor({ ...CHOICES, channels: 1 }), 1, PLACE),
    answerKey(trainConfigFor({ ...CHOICES, augment: ['color'] }), 1, PLACE),
    answerKey(trainConfigFor({ ...CHOICES, microBatch: 4 }), 1, PLACE),
    // A stage that begins fully in has another program than one that fades.
    answerKey(trainConfigFor({ ...CHOICES, fadeImages: 0 }), 1, PLACE),
  ]
  expect(new Set([key, ...keys]).size).toBe(keys.length + 1)
})
