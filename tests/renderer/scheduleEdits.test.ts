import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { RESOLUTIONS } from '../../shared/domain/resolution'
import { trainConfigFor } from '../../shared/domain/presets'
import { PRESETS, TrainConfigSchema, type StagePlan } from '../../shared/domain/trainConfig'
import { segmentsOf } from '../../shared/schedule'
import {
  commonImages,
  imagesPerPhase,
  phaseEnds,
  roundStep,
  withAllPhases,
  withEndAt,
  withPhaseImages,
  withResolutions,
} from '../../renderer/state/scheduleEdits'
import { imagesOf, secondsOf } from '../../renderer/state/scheduleTime'

const configs = fc
  .record({
    preset: fc.constantFrom(...PRESETS),
    firstResolution: fc.constantFrom(4 as const, 8 as const),
    finalResolution: fc.constantFrom(...RESOLUTIONS.filter((r) => r >= 8)),
    fadeImages: fc.integer({ min: 0, max: 700_000 }),
    stableImages: fc.integer({ min: 1, max: 700_000 }),
  })
  .map((choices) => trainConfigFor({ seed: 1, channels: 3, ...choices }))

/** Drags, however wild: which end, to where, how finely. */
const drags = fc.array(
  fc.record({
    handle: fc.nat(),
    to: fc.oneof(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.double({ noNaN: true, min: -1e6, max: 1e12 }),
    ),
    grain: fc.constantFrom(1, 20, 500, 100_000),
  }),
  { maxLength: 12 },
)

test('whatever is dragged where, the schedule stays one that can be trained', () => {
  fc.assert(
    fc.property(configs, drags, (config, moves) => {
      let stages: StagePlan[] = config.stages
      for (const { handle, to, grain } of moves) {
        const ends = phaseEnds(stages)
        const end = ends[handle % ends.length]!
        stages = withEndAt(stages, end, to, grain)
        expect(v.safeParse(TrainConfigSchema, { ...config, stages }).success).toBe(true)
        // Every stable phase trains: a stage is never gone through without its layers fully in.
        for (const segment of segmentsOf({ ...config, stages })) {
          expect(segment.end).toBeGreaterThan(segment.start)
        }
        expect(new Set(segmentsOf({ ...config, stages }).map((s) => s.stage)).size).toBe(
          stages.length,
        )
      }
    }),
  )
})

test('a drag changes one phase alone; later ones move along', () => {
  fc.assert(
    fc.property(configs, fc.nat(), fc.integer({ min: 0, max: 2_000_000 }), (config, n, to) => {
      const before = phaseEnds(config.stages)
      const index = n % before.length
      const after = phaseEnds(withEndAt(config.stages, before[index]!, to, 1))
      const length = (end: (typeof before)[number]) => end.end - end.start
      after.forEach((end, i) => {
        if (i !== index) expect(length(end)).toBe(length(before[i]!))
      })
      const wanted = Math.max(before[index]!.least, to - before[index]!.start)
      expect(length(after[index]!)).toBe(wanted)
      const moved = length(after[index]!) - length(before[index]!)
      expect(after.at(-1)!.end - before.at(-1)!.end).toBe(moved)
    }),
  )
})

test('growing further and back leaves the stages that stay as they were', () => {
  fc.assert(
    fc.property(
      configs,
      fc.constantFrom(...RESOLUTIONS.filter((r) => r >= 16)),
      fc.constantFrom(4 as const, 8 as const),
      (config, last, first) => {
        const usual = trainConfigFor({
          seed: 1,
          channels: 3,
          preset: config.preset,
          firstResolution: 4,
          finalResolution: 1024,
        }).stages
        const changed = withResolutions(config.stages, usual, [first, last])
        expect(changed[0]).toMatchObject({ resolution: first, fadeImages: 0 })
        expect(changed.at(-1)!.resolution).toBe(last)
        expect(v.safeParse(TrainConfigSchema, { ...config, stages: changed }).success).toBe(true)
        for (const plan of changed.slice(1)) {
          const own = config.stages.find((each) => each.resolution === plan.resolution)
          if (own !== undefined && own !== config.stages[0]) expect(plan).toEqual(own)
        }
      },
    ),
  )
})

test('steps are round and near what is asked', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e8 }), fc.constantFrom(0.002, 0.01, 0.1), (n, share) => {
      const step = roundStep(n, share)
      expect(`${step}`).toMatch(/^(1|2|5)0*$/)
      expect(step).toBeGreaterThanOrEqual(Math.max(1, n * share) / 2)
      expect(step).toBeLessThanOrEqual(Math.max(1, n * share) * 2)
    }),
  )
})

test('an overnight run takes the night, or the paper’s length where that is shorter', () => {
  const { stages } = trainConfigFor({
    seed: 1,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 32,
  })
  const speeds = new Map([
    [4, 2000],
    [8, 900],
    [16, 300],
    [32, 40],
  ] as const)
  const night = 8 * 3600
  const images = imagesPerPhase(stages, speeds, night)!
  const planned = withAllPhases(stages, { fadeImages: images, stableImages: images })
  expect(secondsOf(planned, speeds)).toBeLessThanOrEqual(night)
  expect(secondsOf(planned, speeds)).toBeGreaterThan(0.95 * night)
  expect(imagesPerPhase(stages, new Map([[4, 1e9]]), night)).toBe(600_000)
  expect(imagesPerPhase(stages, new Map(), night)).toBeNull()
})

test('lengths that all phases share are told, others are not', () => {
  const { stages } = trainConfigFor({
    seed: 1,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 16,
    fadeImages: 20,
    stableImages: 50,
  })
  expect([commonImages(stages, 'fade'), commonImages(stages, 'stable')]).toEqual([20, 50])
  const end = phaseEnds(stages)[1]!
  expect(end).toMatchObject({ phase: 'fade', resolution: 8 })
  expect(commonImages(withPhaseImages(stages, end, 30), 'fade')).toBeNull()
  expect(imagesOf(stages)).toBe(190)
})
