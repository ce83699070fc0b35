import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RESOLUTIONS } from '../../shared/domain/resolution'
import { trainConfigFor } from '../../shared/domain/presets'
import { LOSSES, PRESETS, type TrainConfig } from '../../shared/domain/trainConfig'
import { totalImages } from '../../shared/schedule'
import type { StageAnswer } from '../../main/rehearsal/answers'
import { stateBytes } from '../../main/rehearsal/costs'
import { datasetBytes, runBytes } from '../../main/rehearsal/disk'
import { foldRehearsal, inMicroBatches, type Findings } from '../../main/rehearsal/fold'
import { misfitInWords } from '../../main/rehearsal/words'

const MIB = 2 ** 20
const GIB = 2 ** 30

function configOf(choices: Partial<Parameters<typeof trainConfigFor>[0]> = {}): TrainConfig {
  return trainConfigFor({
    seed: 1,
    channels: 3,
    preset: 'small',
    firstResolution: 4,
    finalResolution: 64,
    ...choices,
  })
}

function fold(config: TrainConfig, more: Partial<Findings> = {}) {
  const room = { memoryBytes: 64 * GIB, diskBytes: 1000 * GIB }
  const answers = new Map<number, StageAnswer>()
  return foldRehearsal({
    config,
    answers,
    room,
    pictures: null,
    device: 'cpu',
    threads: 2,
    ...more,
  })
}

const measured = (stepSeconds: number, peakBytes: number): StageAnswer => ({
  kind: 'measured',
  measure: { compileSeconds: 3, stepSeconds, steps: 5, peakBytes },
})

describe('what is reckoned', () => {
  // Peaks as measured on Linux, MiB.
  test.each([
    ['tiny', 8, 'wgan-gp', 191],
    ['tiny', 32, 'wgan-gp', 399],
    ['tiny', 64, 'wgan-gp', 692],
    ['tiny', 128, 'wgan-gp', 1293],
    ['small', 32, 'wgan-gp', 673],
    ['small', 64, 'wgan-gp', 1257],
    ['small', 64, 'logistic', 979],
    ['small', 32, 'logistic-r1', 658],
    ['medium', 32, 'wgan-gp', 1350],
  ] as const)(
    'memory of %s at %i px with %s is near what was measured',
    (preset, to, loss, peak) => {
      const { memoryBytes } = fold(configOf({ preset, finalResolution: to, loss }))
      expect(memoryBytes / MIB / peak).toBeGreaterThan(0.75)
      expect(memoryBytes / MIB / peak).toBeLessThan(1.33)
    },
  )

  test('grows with size and network, and nothing is known of time before anything was tried', () => {
    const choices = fc.record({
      preset: fc.constantFrom(...PRESETS),
      loss: fc.constantFrom(...LOSSES),
      finalResolution: fc.constantFrom(...RESOLUTIONS.slice(1)),
    })
    fc.assert(
      fc.property(choices, (chosen) => {
        const { stages, seconds } = fold(configOf(chosen))
        expect(seconds).toBeNull()
        stages.forEach((stage, i) => {
          expect(stage.memoryBytes).toBeGreaterThan(i === 0 ? 0 : stages[i - 1]!.memoryBytes)
          expect(stage.diskBytes).toBeGreaterThan(0)
        })
      }),
    )
  })

  test('speed falls with the work of a step, memory is corrected by what was measured', () => {
    const config = configOf()
    const plain = fold(config)
    const answers = new Map([[2, measured(0.4, 1.5 * plain.stages[2]!.memoryBytes)]])
    const { stages } = fold(config, { answers })
    expect(stages[2]).toMatchObject({ basis: 'measured', imagesPerSecond: 40 })
    expect(stages[3]!.basis).toBe('estimated')
    expect(stages[3]!.imagesPerSecond!).toBeLessThan(40 / 3)
    expect(stages[1]!.imagesPerSecond!).toBeGreaterThan(40)
    expect(stages[4]!.memoryBytes / plain.stages[4]!.memoryBytes).toBeCloseTo(1.5, 5)
  })
})

describe('a stage', () => {
  test('takes its images by the schedule, and building twice where it fades', () => {
    const config = configOf({ finalResolution: 8, fadeImages: 1600, stableImages: 800 })
    const answers = new Map([
      [0, measured(0.1, GIB)],
      [1, measured(0.2, GIB)],
    ])
    const { stages, seconds } = fold(config, { answers })
    expect(stages[0]!.seconds).toBeCloseTo(3 + 50 * 0.1, 6)
    expect(stages[1]!.seconds).toBeCloseTo(2 * 3 + (100 + 50) * 0.2, 6)
    expect(seconds).toBeCloseTo(stages[0]!.seconds! + stages[1]!.seconds!, 6)
    const short = { ...config, imageLimit: 1600 }
    const cut = fold(short, { answers }).stages
    expect(cut[1]!.seconds).toBeCloseTo(3 + ((totalImages(short) - 800) / 16) * 0.2, 6)
  })

  test('that was ended for its memory needs more than that', () => {
    const bytes = 20 * GIB
    const answers = new Map<number, StageAnswer>([[3, { kind: 'exceeded', bytes }]])
    const room = { memoryBytes: bytes - 1, diskBytes: null }
    const rehearsal = fold(configOf(), { answers, room })
    expect(rehearsal.stages[3]!.fit).toMatchObject({ kind: 'memory', exceeded: true })
    expect(rehearsal.largestFitting).toBe(16)
    expect(misfitInWords(rehearsal)).toMatch(/32 px needs more than 20.0 GiB.*up to 16 px/)
  })
})

describe('what does not fit', () => {
  test('names the largest size, a smaller network and micro-batches that do', () => {
    const config = configOf({ preset: 'medium' })
    const whole = fold(config)
    const room = { memoryBytes: whole.stages[3]!.memoryBytes, diskBytes: null }
    const rehearsal = fold(config, { room })
    expect(rehearsal).toMatchObject({ fits: false, largestFitting: 32 })
    expect(rehearsal.smaller).toEqual({ preset: 'small', resolution: 64 })
    expect(fold(configOf({ preset: 'small' }), { room }).fits).toBe(true)
    const { microBatch } = rehearsal
    expect(microBatch).toBeLessThan(16)
    expect(fold(inMicroBatches(config, microBatch!), { room }).fits).toBe(true)
    expect(misfitInWords(rehearsal)).toMatch(/64 px.*up to 32 px; small up to 64 px; .*batches of/)
  })

  test('says so when nothing does', () => {
    const rehearsal = fold(configOf(), { room: { memoryBytes: MIB, diskBytes: null } })
    expect(rehearsal).toMatchObject({ largestFitting: null, smaller: null, microBatch: null })
    expect(misfitInWords(rehearsal)).toMatch(/Nothing smaller fits/)
  })

  test('on the disk counts the run and its pictures up to each size', () => {
    const config = configOf({ finalResolution: 16 })
    const pictures = 5000
    const upTo8 = runBytes(config, 1) + datasetBytes(pictures, 8, 3)
    const room = { memoryBytes: 64 * GIB, diskBytes: upTo8 }
    const rehearsal = fold(config, { room, pictures })
    expect(rehearsal.stages.map(({ fit }) => fit.kind)).toEqual(['fits', 'fits', 'disk'])
    expect(rehearsal.largestFitting).toBe(8)
    expect(fold(config, { room: { ...room, diskBytes: null }, pictures }).fits).toBe(true)
    const preparedFor = new Set([16] as const)
    const enough = { ...room, diskBytes: runBytes(config, 2) }
    const prepared = fold(config, { room: enough, pictures, preparedFor })
    expect(prepared.dataBytes).toBe(0)
    // At 8 px they would be another dataset, which is still to be prepared.
    expect(prepared.stages.map(({ fit }) => fit.kind)).toEqual(['fits', 'fits', 'fits'])
    expect(fold(config, { room: enough, pictures }).fits).toBe(false)
  })
})

test('a run file holds an end of each segment and the last regular checkpoints', () => {
  const config = configOf({ finalResolution: 8 })
  const ends = [
    { resolution: 4, phase: 'stable' },
    { resolution: 8, phase: 'fade' },
    { resolution: 8, phase: 'stable' },
  ] as const
  const checkpoints = ends.reduce((sum, segment) => sum + stateBytes(config, segment), 0)
  const bytes = runBytes(config, 1)
  expect(bytes).toBeGreaterThan(checkpoints + 3 * stateBytes(config, ends[1]))
  // Days of slow training draw many mosaics in between; one of them stays, and a line about each.
  const slow = runBytes(config, 1, 3 * 86_400)
  expect(slow - bytes).toBeGreaterThan(3 * 2880 * 100)
  expect(slow - bytes).toBeLessThan(3 * 2880 * 1000)
  expect(bytes).toBeLessThan(checkpoints + 6 * stateBytes(config, ends[1]) + 20 * MIB)
})
