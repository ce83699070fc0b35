import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Resolution } from '../../shared/domain/resolution'
import { positionAt } from '../../shared/schedule'
import { connectService, serveService, type Port } from '../../shared/protocol/connect'
import { library, type JobProgress } from '../../shared/protocol/library'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { Library } from '../../main/library/library'
import { DatasetFile } from '../../main/store/datasetFile'
import { RunFile } from '../../main/store/runFile'
import { tryLockRun } from '../../main/store/runLock'
import { checkpointOf } from '../../main/trainer/checkpoint'
import { growState, initialState } from '../../main/trainer/networkState'
import { tinyConfig } from '../export/tinyRun'
import { temporaryHome, tick } from '../store/home'

/** The real library behind a real port, with a run of untrained weights that another connection writes. */
const home = temporaryHome()
const config = tinyConfig({ classes: ['a', 'b', 'c'], pictures: 30 })
const runId = 'seedling'
const jobs: JobProgress[] = []
let connection: ReturnType<typeof connectService<typeof library>>
let training: RunFile

beforeAll(() => {
  prepare()
  training = RunFile.create(home.runFile(runId), {
    id: runId,
    name: 'Seedling',
    config,
    dataset: { id: 'd1', name: 'Levels', source: { kind: 'folder', path: '/none' } },
  })
  const { port1, port2 } = new MessageChannel()
  const service = new Library(home, forkedJobs('none'))
  const served = serveService(library, port1 as unknown as Port, service.handlers)
  service.observe(served.emit)
  connection = connectService(library, port2 as unknown as Port)
  connection.listen('job', (progress) => jobs.push(progress))
})
afterAll(() => {
  connection.close()
  training.close()
  home.remove()
})

/** 40 flat pictures of levels 0, 6, 12, ... */
function prepare(): void {
  const file = DatasetFile.create(home.datasetFile('d1'), {
    id: 'd1',
    name: 'Levels',
    options: {
      source: { kind: 'folder', path: '/none' },
      crop: 'centre',
      channels: 3,
      finalResolution: 16,
    },
  })
  for (let i = 0; i < 40; i++) {
    const levels = ([4, 8, 16] as const).map((size): [Resolution, Uint8Array] => [
      size,
      new Uint8Array(size * size * 3).fill(6 * i),
    ])
    file.addPicture({ path: `${i}.png`, levels: new Map(levels) })
  }
  file.markReady()
  file.close()
}

function checkpointAt(imagesSeen: number): number {
  const first = positionAt(config, 0)
  const shape = positionAt(config, imagesSeen)
  const state = growState(config, initialState(config, first.resolution), first, shape)
  // The moving average differs from one checkpoint to the next, as in training.
  const bias = state[`average/${shape.resolution}x${shape.resolution}/toRGB/bias`]!
  bias.fill(imagesSeen / 1000)
  const progress = { imagesSeen, step: 1, shape, state }
  return training.saveCheckpoint(checkpointOf(config, progress, 'regular')).id
}

async function ended(jobId: string): Promise<JobProgress['status']> {
  for (;;) {
    const last = jobs.filter((job) => job.jobId === jobId).at(-1)
    if (last !== undefined && last.status.kind !== 'running') return last.status
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const point = (seed: number, className: string | null = null) => ({
  kind: 'sample' as const,
  seed,
  className,
})

test('checkpoints are listed newest first, each with its layers, and drawn from as asked', async () => {
  const { client } = connection
  expect(await client.galleryCheckpoints({ runId })).toEqual([])
  const [small, faded, more] = [96, 160, 176].map(checkpointAt)
  const found = await client.galleryCheckpoints({ runId })
  expect(found.map(({ info, resolution, alpha }) => [info.id, resolution, alpha])).toEqual([
    [more, 16, 0.75],
    [faded, 16, 0.5],
    [small, 8, 1],
  ])
  const draw = (checkpointId: number | undefined, seed: number) =>
    client.drawSamples({ runId, checkpointId: checkpointId!, points: [point(seed)], truncation: 1 })
  // Both of 16 px are drawn by one compiled generator, asked in turn at once.
  const [a, b, again] = await Promise.all([draw(faded, 4), draw(more, 4), draw(faded, 4)])
  expect([a.resolution, a.channels, a.pixels.length]).toEqual([16, 3, 768])
  expect(again.pixels).toEqual(a.pixels)
  expect(b.pixels).not.toEqual(a.pixels)
  expect((await draw(small, 4)).resolution).toBe(8)
  await expect(draw(999, 4)).rejects.toThrow(/has no checkpoint 999/)
  await expect(
    client.drawSamples({ runId, checkpointId: more!, points: [point(1, 'z')], truncation: 1 }),
  ).rejects.toThrow(/no class "z"/)
})

test('a gallery’s sample is the sheet’s of that seed', async () => {
  const { client } = connection
  const [newest] = await client.galleryCheckpoints({ runId })
  const checkpointId = newest!.info.id
  const drawn = await client.drawSamples({
    runId,
    checkpointId,
    points: [point(8)],
    truncation: 0.6,
  })
  const file = join(home.folder, 'sheet.png')
  const samples = { which: 'seeds' as const, seed: 7, count: 3 }
  const sheet = { kind: 'sheet' as const, runId, samples, columns: 3, truncation: 0.6, file }
  expect(await ended((await client.startExport(sheet)).jobId)).toEqual({
    kind: 'done',
    result: file,
  })
  const second = await sharp(file)
    .extract({ left: 16, top: 0, width: 16, height: 16 })
    .raw()
    .toBuffer()
  const apart = drawn.pixels.map((byte, i) => Math.abs(byte - second[i]!))
  expect(Math.max(...apart)).toBeLessThanOrEqual(1)
  const { trace, runExists } = await client.tracePicture({ bytes: readFileSync(file) })
  expect([trace?.runId, trace?.seed, trace?.truncation, runExists]).toEqual([runId, 7, 0.6, true])
  const stranger = await client.tracePicture({ bytes: new Uint8Array(9) })
  expect(stranger).toEqual({ trace: null, runExists: false })
})

test('favourites are kept while the run trains', async () => {
  const { client } = connection
  const lock = tryLockRun(home.lockFile(runId))!
  training.recordEvent(tick(176))
  await client.setFavourite({ runId, sample: { seed: 3, className: 'a' }, favourite: true })
  await client.setFavourite({ runId, sample: { seed: 9, className: 'b' }, favourite: true })
  const left = await client.setFavourite({
    runId,
    sample: { seed: 3, className: 'a' },
    favourite: false,
  })
  training.recordEvent(tick(192))
  expect(left).toMatchObject([{ seed: 9, className: 'b' }])
  expect(await client.favourites({ runId })).toEqual(left)
  lock.release()
})

test('the nearest of the pictures that the run trains with are found', async () => {
  const { client } = connection
  const [newest] = await client.galleryCheckpoints({ runId })
  const asked = { runId, checkpointId: newest!.info.id, point: point(2), truncation: 1, count: 5 }
  const found = await client.nearestPictures(asked)
  expect(found).toMatchObject({ comparedAt: 16, count: 30, resolution: 16, channels: 3 })
  const distances = found.pictures.map(({ distance }) => distance)
  expect(distances).toEqual(distances.toSorted((a, b) => a - b))
  expect(found.pictures.every(({ path, number }) => path === `${number}.png`)).toBe(true)
})

test('an export that is cancelled leaves nothing', async () => {
  const { client } = connection
  const file = join(home.folder, 'many.zip')
  const samples = { which: 'seeds' as const, seed: 1, count: 4096 }
  const { jobId } = await client.startExport({
    kind: 'pictures',
    runId,
    samples,
    container: 'zip',
    file,
  })
  await expect.poll(() => jobs.some((job) => job.jobId === jobId)).toBe(true)
  await client.cancelJob({ jobId })
  expect(await ended(jobId)).toEqual({ kind: 'cancelled' })
  expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false])
})
