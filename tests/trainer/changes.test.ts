import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRun } from '../../main/library/runs'
import { prepareDataset } from '../../main/pictures/prepare'
import { openHome, type Home } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { openTraining, trainOrFail, type OpenTraining } from '../../main/trainer/openTraining'
import type { SettingsChange } from '../../shared/domain/settingsChange'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainEvent } from '../../shared/domain/trainEvent'
import { totalImages } from '../../shared/schedule'
import { temporaryHome } from '../store/home'

/** Built by `npm run build`, which npm test runs first. */
const READER = resolve('out/main/reader.cjs')
const temporary = temporaryHome()
let home: Home
let datasetId = ''

beforeAll(async () => {
  home = openHome(temporary.folder)
  const dataset = await prepareDataset(home, {
    source: { kind: 'sample', name: 'emoji' },
    crop: 'centre',
    channels: 3,
    finalResolution: 8,
  })
  datasetId = dataset.id
}, 120_000)
afterAll(() => temporary.remove())

const base = trainConfigFor({
  seed: 3,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 8,
  fadeImages: 512,
  stableImages: 512,
})
const config = {
  ...base,
  threads: 1,
  intervals: { tickImages: 64, mosaicImages: 4096, checkpointSeconds: 3600 },
}
const CHANGE: SettingsChange = {
  intervals: { tickImages: 32 },
  stages: [{ stage: 1, fadeImages: 256, stableImages: 128 }],
}
/** 512 at 4 px, then 256 and 128 at 8 px. */
const CHANGED_TOTAL = 896

type Watcher = (event: TrainEvent, training: OpenTraining) => void

/** Trains a run until it ends, and tells of everything meanwhile. */
async function trainWatched(
  runId: string,
  watch: Watcher,
): Promise<'finished' | 'stopped' | 'failed'> {
  const training = openTraining(home, runId, READER)
  training.journal.observe((event) => watch(event, training))
  try {
    return await trainOrFail(training)
  } catch {
    return 'failed'
  } finally {
    training.close()
  }
}

const newRun = () => createRun(home, { name: 'Changed', datasetId, config })

function reading<T>(runId: string, work: (run: RunFile) => T): T {
  const run = RunFile.openForReading(home.runFile(runId))
  try {
    return work(run)
  } finally {
    run.close()
  }
}

function finalTensors(runId: string): Map<string, Buffer> {
  return reading(runId, (run) => {
    const last = run.checkpoints().at(-1)!
    expect(last).toMatchObject({ kind: 'final', imagesSeen: CHANGED_TOTAL })
    const { tensors } = run.loadCheckpoint(last.id)
    return new Map([...tensors].map(([name, { values }]) => [name, Buffer.from(values.buffer)]))
  })
}

const bodies = (runId: string) =>
  reading(runId, (run) => run.eventsAfter(0, 10_000)).map(({ body }) => body)

/** Changes the settings at the first tick at or after so many images. */
function changing(at: number): Watcher {
  let done = false
  return ({ body }, { journal, control }) => {
    if (done || body.kind !== 'tick' || body.imagesSeen < at) return
    done = true
    journal.changeSettings(CHANGE, control.imagesSeen)
  }
}

describe('settings changed while a run trains', () => {
  let uninterrupted = ''
  beforeAll(async () => {
    uninterrupted = newRun()
    expect(await trainWatched(uninterrupted, changing(128))).toBe('finished')
  }, 120_000)

  test('take effect from there on, and stay in the run’s file', () => {
    const events = bodies(uninterrupted)
    const ticks = events.flatMap((body) => (body.kind === 'tick' ? [body.imagesSeen] : []))
    expect(ticks.slice(0, 4)).toEqual([64, 128, 160, 192])
    expect(events.filter(({ kind }) => kind === 'settings')).toMatchObject([{ imagesSeen: 128 }])
    expect(totalImages(reading(uninterrupted, (run) => run.config))).toBe(CHANGED_TOTAL)
    finalTensors(uninterrupted)
  })

  test('quality is measured from where it is switched on to where it is off, and weights are the same', async () => {
    const runId = createRun(home, {
      name: 'Measured',
      datasetId,
      config: { ...config, qualitySamples: 0 },
    })
    const measured = () => bodies(runId).filter(({ kind }) => kind === 'quality')
    let before = -1
    const change = changing(64)
    const state = await trainWatched(runId, (event, training) => {
      change(event, training)
      if (before >= 0 || event.body.kind !== 'tick' || event.body.imagesSeen < 500) return
      before = measured().length
      training.journal.changeSettings({ qualitySamples: 16 }, training.control.imagesSeen)
    })
    expect([state, before]).toEqual(['finished', 0])
    expect(measured().length).toBeGreaterThan(0)
    expect(finalTensors(runId)).toEqual(finalTensors(uninterrupted))
  }, 120_000)

  test('stopped after the change, in the fade that it shortened, and resumed: the same bits', async () => {
    const runId = newRun()
    const change = changing(64)
    const stopped = await trainWatched(runId, (event, training) => {
      change(event, training)
      if (event.body.kind === 'tick' && event.body.imagesSeen >= 600) training.control.stop()
    })
    expect(stopped).toBe('stopped')
    expect(await trainWatched(runId, () => {})).toBe('finished')
    expect(finalTensors(runId)).toEqual(finalTensors(uninterrupted))
  }, 120_000)

  test('lost to a crash after the change, and resumed from a checkpoint before it: the same bits', async () => {
    const runId = newRun()
    const change = changing(300)
    const crashed = await trainWatched(runId, (event, training) => {
      const { body } = event
      if (body.kind === 'tick' && body.imagesSeen === 64) training.control.wantCheckpoint()
      change(event, training)
      if (body.kind === 'tick' && body.imagesSeen >= 400) throw new Error('the power went out')
    })
    expect(crashed).toBe('failed')
    expect(reading(runId, (run) => run.checkpoints()).map((c) => c.imagesSeen < 300)).toEqual([
      true,
    ])
    expect(await trainWatched(runId, () => {})).toBe('finished')
    expect(finalTensors(runId)).toEqual(finalTensors(uninterrupted))
  }, 120_000)
})

test('a mosaic is drawn when it is asked for, also during a pause, and a note is kept where it was written', async () => {
  const runId = newRun()
  const drawn: number[] = []
  await trainWatched(runId, ({ body }, { control, journal }) => {
    if (body.kind === 'tick' && body.imagesSeen === 128) control.wantSample()
    if (body.kind === 'tick' && body.imagesSeen === 256) {
      journal.record({ kind: 'note', imagesSeen: control.imagesSeen, text: 'Halfway.' })
      control.pause()
    }
    if (body.kind === 'state' && body.state === 'paused') setTimeout(() => control.wantSample(), 20)
    if (body.kind !== 'mosaic') return
    drawn.push(body.imagesSeen)
    if (control.wish === 'pause') control.stop()
  })
  expect(drawn).toEqual([0, 128, 256])
  expect(bodies(runId)).toContainEqual({ kind: 'note', imagesSeen: 256, text: 'Halfway.' })
}, 120_000)
