import { copyFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { TrainEventBody } from '../../shared/domain/trainEvent'
import { segmentsOf } from '../../shared/schedule'
import { createRun } from '../../main/library/runs'
import { Gauge } from '../../main/quality/gauge'
import { toByte } from '../../main/pictures/encode'
import { OnnxEngine } from '../../main/runtime/onnx'
import { RunFile } from '../../main/store/runFile'
import { openTraining, trainOrFail } from '../../main/trainer/openTraining'
import { progressOf } from '../../main/trainer/checkpoint'
import { comparedPictures, gaugeFor, qualityLatents } from '../../main/trainer/qualityPlan'
import { Sampler } from '../../main/trainer/sampler'
import { candidatesOf } from '../../main/trainer/stageStart'
import { makeNoiseDataset, noisePixels } from '../noiseDataset'
import { temporaryHome } from '../store/home'
import { finalBits } from './sameBits'

/** Built by `npm run build`, which npm test runs first. */
const READER = resolve('out/main/reader.cjs')
const TIMEOUT_MS = 240_000
const BATCH = 16
const PICTURES = 40
const SAMPLES = 32

const home = temporaryHome()
afterAll(home.remove)

beforeAll(() => makeNoiseDataset(home))

function configOf(changes: Partial<TrainConfig> = {}): TrainConfig {
  const config = trainConfigFor({
    seed: 11,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 8,
    loss: 'logistic',
    fadeImages: 4 * BATCH,
    stableImages: 20 * BATCH,
  })
  const small = { fmapMax: 16, fmapBase: 64, latentSize: 16, qualitySamples: SAMPLES }
  const intervals = { ...config.intervals, tickImages: BATCH }
  return { ...config, ...small, intervals, ...changes }
}

/** Stops once so many images are seen. */
async function trainUntil(id: string, stopAt = Infinity): Promise<TrainEventBody[]> {
  const training = openTraining(home, id, READER)
  const events: TrainEventBody[] = []
  training.journal.observe(({ body }) => {
    events.push(body)
    if (body.kind === 'tick' && body.imagesSeen >= stopAt) training.control.stop()
  })
  try {
    await trainOrFail(training)
    return events
  } finally {
    training.close()
  }
}

const newRun = (config: TrainConfig) => createRun(home, { name: 'run', datasetId: 'noise', config })
const segments = segmentsOf(configOf())

describe('a run', { timeout: TIMEOUT_MS }, () => {
  test('measures each stage’s end: what its samples are away from its pictures', async () => {
    const config = configOf()
    const id = newRun(config)
    const events = await trainUntil(id)
    const measured = events.flatMap((body) => (body.kind === 'quality' ? [body] : []))
    expect(measured.map(({ imagesSeen, resolution }) => [imagesSeen, resolution])).toEqual(
      segments.map(({ end, resolution }) => [end, resolution]),
    )
    expect(measured[0]).toMatchObject({ best: true })
    const run = RunFile.openForReading(home.runFile(id))
    const kept = run.storedCheckpoints()
    expect(kept.map(({ quality }) => quality)).toEqual(measured.map(({ distance }) => distance))
    const { shape, state } = progressOf(config, run.loadCheckpoint(kept[0]!.id))
    run.close()
    await using sampler = await Sampler.create(new OnnxEngine({ threads: 1 }), config, shape)
    await sampler.setWeights(state)
    const samples = await sampler.draw(qualityLatents(config, SAMPLES), 1)
    const gauge = gaugeFor({ resolution: 4, channels: 3, pictures: SAMPLES })
    const [reals, fakes] = [gauge.gather(), gauge.gather()]
    for (const picture of comparedPictures(PICTURES, SAMPLES)) reals.add(noisePixels(4, picture))
    fakes.add(Uint8Array.from(samples, toByte))
    const expected = Gauge.distance(reals.projections(), fakes.projections())
    // Other threads add up in another order, so that a byte of a sample may be its neighbour.
    expect(measured[0]!.distance / expected).toBeCloseTo(1, 2)
  })

  test('has the same weights whether quality is measured or not', async () => {
    const bits = async (qualitySamples: number) => {
      const id = newRun(configOf({ qualitySamples }))
      const events = await trainUntil(id)
      expect(events.filter(({ kind }) => kind === 'quality')).toHaveLength(
        qualitySamples === 0 ? 0 : segments.length,
      )
      return finalBits(home.runFile(id))
    }
    expect(await bits(SAMPLES)).toEqual(await bits(0))
  })

  test('that cannot measure says so once and trains on', async () => {
    const id = newRun(configOf())
    const training = openTraining(home, id, READER)
    const errors: string[] = []
    training.journal.observe(({ body }) => {
      if (body.kind === 'error') errors.push(body.message)
    })
    const { qualityFile } = training
    const broken = new Proxy(training, {
      get: (from, key) => (key === 'qualityFile' ? `${qualityFile}.gone` : Reflect.get(from, key)),
    })
    try {
      expect(await trainOrFail(broken)).toBe('finished')
    } finally {
      training.close()
    }
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(/^Quality is not measured any more: .*quality\.cjs\.gone/)
  })
})

describe('a stage that starts from the best', { timeout: TIMEOUT_MS }, () => {
  const config = configOf({ stageStart: 'best' })
  const [first] = segments

  test('may start from eight moments of the stable phase before, its end among them', () => {
    const moments = [...candidatesOf(config, first!)]
    expect(moments).toEqual([2, 5, 7, 10, 12, 15, 17, 20].map((step) => step * BATCH))
    const several = { ...config, criticSteps: 2 }
    expect([...candidatesOf(several, segmentsOf(several)[0]!)]).toEqual(
      [1, 2, 3, 5, 6, 7, 8, 10].map((step) => 2 * step * BATCH),
    )
    expect(candidatesOf(config, segments[1]!).size).toBe(0)
    expect(candidatesOf(config, segments[2]!).size).toBe(0)
    expect(candidatesOf(configOf(), first!).size).toBe(0)
    const short = { ...first!, end: first!.start + 3 * BATCH }
    expect([...candidatesOf(config, short)]).toEqual([1, 2, 3].map((step) => step * BATCH))
  })

  test('starts from the one of the lowest distance, and tells so', async () => {
    const id = newRun(config)
    const events = await trainUntil(id)
    const candidates = events.flatMap((body) =>
      body.kind === 'quality' && body.resolution === 4 ? [body] : [],
    )
    expect(candidates).toHaveLength(8)
    const best = candidates.reduce((a, b) => (b.distance <= a.distance ? b : a))
    const stage = events.find((body) => body.kind === 'stage' && body.stage === 1)
    expect(stage).toMatchObject(
      best.imagesSeen === first!.end ? { imagesSeen: first!.end } : { startsFrom: best.imagesSeen },
    )
    const file = RunFile.openForReading(home.runFile(id))
    const kept = file.storedCheckpoints().filter(({ imagesSeen }) => imagesSeen <= first!.end)
    expect(kept.find((checkpoint) => checkpoint.best)?.imagesSeen).toBe(best.imagesSeen)
    file.close()
  })

  test('starts from an earlier moment that is better, with the same bits however it is stopped', async () => {
    const id = newRun(config)
    await trainUntil(id, 12 * BATCH)
    const run = RunFile.openForWriting(home.runFile(id))
    const { measured, unmeasured } = run.qualities.candidates(4)
    const chosen = run.checkpoints().find((each) => each.id === [...measured, ...unmeasured][0])!
    expect(chosen.imagesSeen).toBeLessThan(first!.end)
    // Nothing to come can be better.
    run.qualities.record(chosen.id, 0)
    run.close()
    copyFileSync(home.runFile(id), home.runFile('twin'))
    const stage = (await trainUntil(id)).find((body) => body.kind === 'stage' && body.stage === 1)
    expect(stage).toMatchObject({ imagesSeen: first!.end, startsFrom: chosen.imagesSeen })
    const bits = finalBits(home.runFile(id))
    for (const stop of [first!.end, first!.end + 2 * BATCH]) await trainUntil('twin', stop)
    await trainUntil('twin')
    expect(finalBits(home.runFile('twin'))).toEqual(bits)
    const last = newRun(configOf())
    await trainUntil(last)
    expect(finalBits(home.runFile(last))).not.toEqual(bits)
  })

  test('does not make a run see more images than it may', async () => {
    // Between two moments, and never looked at but for them.
    const intervals = { tickImages: 1000, mosaicImages: 1000, checkpointSeconds: 1000 }
    const id = newRun({ ...config, intervals, imageLimit: 3 * BATCH })
    await trainUntil(id)
    expect(finalBits(home.runFile(id)).step).toBe(3)
  })

  test('has the same bits however often and wherever it was stopped', async () => {
    const whole = newRun({ ...config, intervals: { ...config.intervals, tickImages: 1000 } })
    await trainUntil(whole)
    const uninterrupted = finalBits(home.runFile(whole))
    for (const stops of [
      [2, 3, 19, 20, 22],
      [12, 17],
    ]) {
      const id = newRun(config)
      for (const stop of stops) await trainUntil(id, stop * BATCH)
      await trainUntil(id)
      expect(finalBits(home.runFile(id))).toEqual(uninterrupted)
    }
  })
})
