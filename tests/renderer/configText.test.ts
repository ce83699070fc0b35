import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import { readConfig, writeConfig } from '../../renderer/state/configText'
import { trainConfigs } from '../shared/anyTrainConfig'

test('settings come back from their text', () => {
  fc.assert(
    fc.property(trainConfigs, (config) => {
      expect(readConfig(writeConfig(config))).toEqual({ kind: 'config', config })
    }),
  )
})

const config = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 16,
})

test.each([
  ['adam.beta1', { ...config, adam: { ...config.adam, beta1: 2 } }, '<1', '2'],
  ['loss', { ...config, loss: 'hinge' }, '("wgan-gp" | "logistic" | "logistic-r1")', '"hinge"'],
  [
    'stages.1.batch',
    { ...config, stages: config.stages.map((plan, i) => (i === 1 ? { ...plan, batch: 0 } : plan)) },
    '>=1',
    '0',
  ],
])('what is wrong is named by its field: %s', (field, wrong, expected, received) => {
  expect(readConfig(JSON.stringify(wrong))).toMatchObject({
    kind: 'field',
    field,
    expected,
    received,
  })
})

test('what does not go together, and what is no JSON, says so', () => {
  const [first, , third] = config.stages
  expect(readConfig(JSON.stringify({ ...config, stages: [first, third] }))).toMatchObject({
    kind: 'field',
    expected: null,
    message: 'each stage must have twice the resolution of the one before',
  })
  expect(readConfig(JSON.stringify({ ...config, latentSize: undefined }))).toEqual({
    kind: 'missing',
    field: 'latentSize',
  })
  expect(readConfig('sprout train')).toEqual({ kind: 'not-json' })
  expect(readConfig('7')).toMatchObject({ kind: 'field', field: '' })
})
