import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  trainConfigFor,
  TrainConfigSchema,
  type TrainChoices,
} from '../../shared/domain/trainConfig'

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

test('a micro-batch that tears groups apart is refused', () => {
  const config = trainConfigFor(CHOICES)
  for (const microBatch of [2, 6, 12, 32]) {
    const stages = config.stages.map((stage, i) => (i === 0 ? { ...stage, microBatch } : stage))
    expect(v.safeParse(TrainConfigSchema, { ...config, stages }).success).toBe(false)
  }
})
