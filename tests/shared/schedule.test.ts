import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RESOLUTIONS } from '../../shared/domain/resolution'
import { trainConfigFor } from '../../shared/domain/presets'
import { PRESETS } from '../../shared/domain/trainConfig'
import {
  imagesOfStep,
  positionAt,
  secondsLeft,
  segmentsOf,
  totalImages,
} from '../../shared/schedule'

const configs = fc
  .record({
    preset: fc.constantFrom(...PRESETS),
    firstResolution: fc.constantFrom(4 as const, 8 as const),
    finalResolution: fc.constantFrom(...RESOLUTIONS.filter((r) => r >= 8)),
    fadeImages: fc.integer({ min: 0, max: 5000 }),
    stableImages: fc.integer({ min: 1, max: 5000 }),
    imageLimit: fc.option(fc.integer({ min: 1, max: 20_000 })),
    criticSteps: fc.constantFrom(1, 1, 5),
  })
  .map((choices) => trainConfigFor({ seed: 1, channels: 3, ...choices }))

/** The paper's single-GPU schedule from 4 to 1024 px: 600 kimg a phase. */
const paper = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'paper',
  firstResolution: 4,
  finalResolution: 1024,
})

describe('the paper schedule', () => {
  test('has one stable phase at 4 px, then a fade and a stable phase for each of eight sizes', () => {
    const segments = segmentsOf(paper)
    expect(segments).toHaveLength(17)
    expect(segments.map((s) => s.phase).slice(0, 4)).toEqual(['stable', 'fade', 'stable', 'fade'])
    for (const { start, end, batch } of segments) {
      // 600 kimg, rounded up to whole steps.
      expect(end - start).toBeGreaterThanOrEqual(600_000)
      expect(end - start).toBeLessThan(600_000 + batch)
    }
    // The reference's batch sizes on one GPU, and its one raised learning rate.
    expect(new Map(segments.map((s) => [s.resolution, s.batch]))).toEqual(
      new Map([
        [4, 128],
        [8, 128],
        [16, 128],
        [32, 64],
        [64, 32],
        [128, 16],
        [256, 8],
        [512, 4],
        [1024, 4],
      ]),
    )
    expect(segments.at(-1)!.learningRate).toBe(1.5e-3)
  })

  test('switches the resolution when the fade begins and is half in half-way', () => {
    const [, fade] = segmentsOf(paper)
    const { start, end } = fade!
    expect(positionAt(paper, start - 1)).toMatchObject({ resolution: 4, alpha: 1 })
    expect(positionAt(paper, start)).toMatchObject({ resolution: 8, phase: 'fade', alpha: 0 })
    const halfway = positionAt(paper, (start + end) / 2)
    expect(halfway).toMatchObject({ resolution: 8, phase: 'fade', alpha: 0.5 })
    expect(positionAt(paper, end)).toMatchObject({ resolution: 8, phase: 'stable', alpha: 1 })
  })
})

describe('any schedule', () => {
  test('covers its images without gaps, in whole steps', () => {
    fc.assert(
      fc.property(configs, (config) => {
        let at = 0
        for (const segment of segmentsOf(config)) {
          expect(segment.start).toBe(at)
          expect((segment.end - segment.start) % imagesOfStep(config, segment)).toBe(0)
          at = segment.end
        }
        expect(totalImages({ ...config, imageLimit: null })).toBe(at)
      }),
    )
  })

  test('never goes back in resolution, and alpha grows within a fade', () => {
    fc.assert(
      fc.property(configs, fc.nat(60_000), fc.nat(5000), (config, images, more) => {
        const before = positionAt(config, images)
        const after = positionAt(config, images + more)
        expect(after.resolution).toBeGreaterThanOrEqual(before.resolution)
        expect(before.alpha).toBeGreaterThanOrEqual(0)
        expect(before.alpha).toBeLessThanOrEqual(1)
        if (before.start === after.start) expect(after.alpha).toBeGreaterThanOrEqual(before.alpha)
      }),
    )
  })

  test('stops at the first whole step that reaches the image limit', () => {
    fc.assert(
      fc.property(configs, (config) => {
        const total = totalImages(config)
        const end = segmentsOf(config).at(-1)!.end
        if (config.imageLimit === null || config.imageLimit >= end) {
          expect(total).toBe(end)
          return
        }
        expect(total).toBeGreaterThanOrEqual(config.imageLimit)
        const ofStep = imagesOfStep(config, positionAt(config, total - 1))
        expect(total - config.imageLimit).toBeLessThan(ofStep)
      }),
    )
  })

  test('says how long is left: none at the end, more with slower stages, null when unmeasured', () => {
    fc.assert(
      fc.property(configs, (config) => {
        const first = config.stages[0]!.resolution
        const total = totalImages(config)
        expect(secondsLeft(config, total, new Map([[first, 100]]))).toBe(0)
        expect(secondsLeft(config, 0, new Map())).toBeNull()
        const fast = secondsLeft(config, 0, new Map(config.stages.map((s) => [s.resolution, 200])))!
        expect(fast).toBeCloseTo(total / 200, 6)
        const guessed = secondsLeft(config, 0, new Map([[first, 200]]))!
        expect(guessed).toBeGreaterThanOrEqual(fast - 1e-9)
      }),
    )
  })
})
