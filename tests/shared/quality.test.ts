import { expect, test } from 'vitest'
import * as v from 'valibot'
import { MEASURES } from '../../shared/domain/curve'
import { printedDistance, qualityCurve } from '../../shared/domain/quality'
import { trainConfigFor } from '../../shared/domain/presets'
import { TrainConfigSchema } from '../../shared/domain/trainConfig'

test('a curve of qualities breaks where the resolution changes, and is in order', () => {
  const at = (imagesSeen: number, resolution: 4 | 8, distance: number) => ({
    imagesSeen,
    resolution,
    distance,
    at: imagesSeen,
  })
  const curve = qualityCurve([at(16, 4, 0.3), at(48, 8, 0.5), at(32, 4, 0.2)])
  const place = MEASURES.indexOf('quality')
  expect(curve.map(({ toImages, mean }) => [toImages, mean[place]])).toEqual([
    [16, 0.3],
    [32, 0.2],
    [32, null],
    [48, 0.5],
  ])
  expect(qualityCurve([])).toEqual([])
})

test('a distance is printed as in the paper', () => {
  expect([0.0123, 0.0999, 0.1354, 1.5].map(printedDistance)).toEqual([
    '12.3',
    '99.9',
    '135',
    '1500',
  ])
})

test('stages can start from the best only where it is measured', () => {
  const config = trainConfigFor({
    seed: 1,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 8,
  })
  const parses = (changes: object) =>
    v.safeParse(TrainConfigSchema, { ...config, ...changes }).success
  expect(parses({ stageStart: 'best' })).toBe(true)
  expect(parses({ qualitySamples: 0 })).toBe(true)
  expect(parses({ stageStart: 'best', qualitySamples: 0 })).toBe(false)
  expect(parses({ qualitySamples: 4097 })).toBe(false)
  const { qualitySamples: _, stageStart: __, ...older } = config
  expect(v.parse(TrainConfigSchema, older)).toEqual(config)
})
