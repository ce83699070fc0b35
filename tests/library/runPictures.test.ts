import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { Library } from '../../main/library/library'
import { openHome, type Home } from '../../main/store/home'
import { tryLockRun } from '../../main/store/runLock'
import { connectService, serveService, type Port } from '../../shared/protocol/connect'
import { library } from '../../shared/protocol/library'
import { FADING, makeFadingRun } from '../fadingRun'

/** The real library behind a real port, on a run that stands in the middle of its fade. */
const root = mkdtempSync(join(tmpdir(), 'sprout-run-pictures-'))
let home: Home
let runId: string
let connection: ReturnType<typeof connectService<typeof library>>

beforeAll(async () => {
  home = openHome(root)
  runId = await makeFadingRun(root, 'Half way')
  const { port1, port2 } = new MessageChannel()
  const service = new Library(home, forkedJobs(resolve('out/main/job.cjs')))
  serveService(library, port1 as unknown as Port, service.handlers)
  connection = connectService(library, port2 as unknown as Port)
}, 120_000)
afterAll(() => {
  connection.close()
  rmSync(root, { recursive: true, force: true })
})

const { stableImages, fadeImages, mosaicImages } = FADING
const MIDDLE = stableImages + fadeImages / 2

test('mosaics are listed, and come as stored files or tile by tile', async () => {
  const { client } = connection
  const list = await client.mosaicList({ runId })
  expect(list.map(({ imagesSeen }) => imagesSeen)).toEqual(
    Array.from({ length: MIDDLE / mosaicImages + 1 }, (_, i) => i * mosaicImages),
  )
  expect(list.at(-1)).toMatchObject({ resolution: 16, alpha: 0.5, columns: 8, rows: 6 })
  const seqs = [list[0]!.seq, list.at(-1)!.seq, 1e6]
  const frames = await client.mosaicFrames({ runId, seqs, tile: null, maxPixels: 1 << 20 })
  expect(frames.map(({ seq, frame }) => [seq, frame.width, frame.height, frame.type])).toEqual([
    [seqs[0], 64, 48, 'webp'],
    [seqs[1], 128, 96, 'webp'],
  ])
  const tiles = await client.mosaicFrames({ runId, seqs, tile: 9, maxPixels: 64 })
  expect(tiles.map(({ frame }) => [frame.width, frame.height, frame.type])).toEqual([
    [8, 8, 'rgba'],
    [8, 8, 'rgba'],
  ])
  const many = Array.from({ length: 65 }, (_, i) => i)
  await expect(
    client.mosaicFrames({ runId, seqs: many, tile: null, maxPixels: 1 }),
  ).rejects.toThrow(/mosaicFrames/)
})

test('real pictures have the resolution and fade of the moment', async () => {
  const { client } = connection
  const grid = { columns: 4, rows: 2, maxPixels: 1 << 20 }
  const at = (imagesSeen: number) => client.realPictures({ runId, imagesSeen, ...grid })
  expect(await at(0)).toMatchObject({ width: 32, height: 16, type: 'rgba' })
  const [begun, middle, done] = [
    await at(stableImages),
    await at(MIDDLE),
    await at(stableImages + fadeImages),
  ]
  expect(middle).toMatchObject({ width: 64, height: 32 })
  let worst = 0
  middle.bytes.forEach((byte, i) => {
    const between = (begun.bytes[i]! + done.bytes[i]!) / 2
    worst = Math.max(worst, Math.abs(byte - between))
  })
  expect(worst).toBeLessThanOrEqual(1)
  expect(begun.bytes).not.toEqual(done.bytes)
})

describe('checkpoints', () => {
  test('are listed with their size, and pinned while nobody trains', async () => {
    const { client } = connection
    const list = await client.listCheckpoints({ runId })
    expect(list.map(({ imagesSeen, kind, pinned }) => [imagesSeen, kind, pinned])).toEqual([
      [stableImages, 'stage-end', false],
      [MIDDLE, 'regular', false],
    ])
    expect(list[1]!.bytes).toBeGreaterThan(list[0]!.bytes)
    await client.pinCheckpoint({ runId, checkpointId: list[1]!.id, pinned: true })
    expect((await client.listCheckpoints({ runId }))[1]!.pinned).toBe(true)
    await expect(client.pinCheckpoint({ runId, checkpointId: 999, pinned: true })).rejects.toThrow(
      /no checkpoint 999/,
    )
  })

  test('are not touched beside a process that trains the run', async () => {
    const { client } = connection
    const [first] = await client.listCheckpoints({ runId })
    const lock = tryLockRun(home.lockFile(runId))!
    const asked = { runId, checkpointId: first!.id, pinned: true }
    await expect(client.pinCheckpoint(asked)).rejects.toThrow(/being trained by another process/)
    lock.release()
    expect((await client.listCheckpoints({ runId }))[0]!.pinned).toBe(false)
  })
})

describe('the fade microscope', () => {
  test('draws both paths and the network’s own blend of them', async () => {
    const { client } = connection
    const view = (await client.fadeMicroscope({ runId, stage: null, alpha: 0.25 }))!
    expect(view).toMatchObject({ stage: 1, resolution: 16, alphaThen: 0.5, alpha: 0.25, count: 4 })
    expect(view.checkpoint.imagesSeen).toBe(MIDDLE)
    for (const { old, new: next, blend } of [view.generator, view.reals]) {
      expect([blend.width, blend.height]).toEqual([64, 16])
      let [compared, worst] = [0, 0]
      blend.bytes.forEach((byte, i) => {
        const [from, to] = [old.bytes[i]!, next.bytes[i]!]
        // What was cut off at black or white is known no more.
        if (i % 4 === 3 || [from, to].some((end) => end === 0 || end === 255)) return
        compared++
        worst = Math.max(worst, Math.abs(byte - (from + (to - from) * 0.25)))
      })
      expect(compared).toBeGreaterThan(300)
      expect(worst).toBeLessThanOrEqual(1)
      expect(old.bytes).not.toEqual(next.bytes)
    }
    // The old path is the lower resolution, enlarged: squares of two by two pixels.
    const { width, bytes } = view.generator.old
    for (let i = 0; i < width; i += 2) {
      expect([...bytes.subarray(4 * i, 4 * i + 4)]).toEqual([
        ...bytes.subarray(4 * i + 4, 4 * i + 8),
      ])
    }
  })

  test('takes the weight that the checkpoint was saved at unless told', async () => {
    const view = await connection.client.fadeMicroscope({ runId, stage: 1, alpha: null })
    expect(view?.alpha).toBe(0.5)
  })

  test('has nothing to show where no checkpoint is in such a fade', async () => {
    const { client } = connection
    expect(await client.fadeMicroscope({ runId, stage: 2, alpha: null })).toBeNull()
    await expect(client.fadeMicroscope({ runId, stage: null, alpha: 2 })).rejects.toThrow(/alpha/)
  })
})
