import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeablePhases, changedSettings, withChange } from '../../shared/domain/settingsChange'
import { trainConfigFor } from '../../shared/domain/presets'
import { positionAt, segmentsOf, totalImages } from '../../shared/schedule'

const config = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 32,
  fadeImages: 320,
  stableImages: 640,
})

describe('settings that change while a run is under way', () => {
  test('intervals may at any time, each alone', () => {
    const changed = withChange(config, 500, { intervals: { mosaicImages: 128 } })
    expect(changed.intervals).toEqual({ ...config.intervals, mosaicImages: 128 })
    expect(changedSettings(config, changed)).toEqual([
      { setting: 'mosaicImages', resolution: null, before: 1024, after: 128 },
    ])
  })

  test('quality may be switched off and on, unless new stages start from the best weights', () => {
    const off = withChange(config, 500, { qualitySamples: 0 })
    expect(off).toEqual({ ...config, qualitySamples: 0 })
    const changed = { setting: 'qualitySamples', resolution: null }
    expect(changedSettings(config, off)).toEqual([{ ...changed, before: 256, after: 0 }])
    expect(withChange(off, 600, { qualitySamples: 256 })).toEqual(config)
    const best = { ...config, stageStart: 'best' as const }
    expect(withChange(best, 500, { qualitySamples: 256 })).toEqual(best)
    expect(() => withChange(best, 500, { qualitySamples: 0 })).toThrow('best weights')
  })

  test('lengths may where a phase has not begun', () => {
    const fading = 700
    expect(positionAt(config, fading)).toMatchObject({ stage: 1, phase: 'fade' })
    const changed = withChange(config, fading, {
      stages: [
        { stage: 1, stableImages: 64 },
        { stage: 3, fadeImages: 0, stableImages: 1600 },
      ],
    })
    expect(changedSettings(config, changed)).toEqual([
      { setting: 'stableImages', resolution: 8, before: 640, after: 64 },
      { setting: 'fadeImages', resolution: 32, before: 320, after: 0 },
      { setting: 'stableImages', resolution: 32, before: 640, after: 1600 },
    ])
    const refused = () => withChange(config, fading, { stages: [{ stage: 1, fadeImages: 64 }] })
    expect(refused).toThrow('The fade phase at 8 px has begun')
    expect(() => withChange(config, 0, { stages: [{ stage: 9 }] })).toThrow('no stage 10')
  })

  test('a phase that begins at just these images has begun, and at the end nothing is left', () => {
    const [, fade] = segmentsOf(config)
    expect(changeablePhases(config, fade!.start)[1]).toEqual({ fade: false, stable: true })
    expect(changeablePhases(config, fade!.start - 1)[1]).toEqual({ fade: true, stable: true })
    const over = changeablePhases(config, totalImages(config))
    expect(over.every(({ fade, stable }) => !fade && !stable)).toBe(true)
  })

  test('nothing up to the change is another than it was', () => {
    const length = fc.integer({ min: 1, max: 3000 })
    const lengths = fc.record({ fade: fc.nat(3000), stable: length })
    fc.assert(
      fc.property(fc.nat(4000), fc.array(lengths, { minLength: 4, maxLength: 4 }), (at, wanted) => {
        const open = changeablePhases(config, at)
        const stages = wanted.map(({ fade, stable }, stage) => ({
          stage,
          ...(open[stage]!.fade && { fadeImages: fade }),
          ...(open[stage]!.stable && { stableImages: stable }),
        }))
        const changed = withChange(config, at, { stages })
        for (let seen = 0; seen <= Math.min(at, totalImages(config) - 1); seen += 16) {
          expect(positionAt(changed, seen)).toEqual(positionAt(config, seen))
        }
        expect(totalImages(changed)).toBeGreaterThanOrEqual(Math.min(at, totalImages(config)))
      }),
    )
  })
})
