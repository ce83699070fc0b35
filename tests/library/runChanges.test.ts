import { afterAll, beforeAll, expect, test } from 'vitest'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { Library } from '../../main/library/library'
import { RunFile } from '../../main/store/runFile'
import { tryLockRun } from '../../main/store/runLock'
import { MEASURES } from '../../shared/domain/curve'
import { connectService, serveService, type Port } from '../../shared/protocol/connect'
import { library } from '../../shared/protocol/library'
import { createRun, temporaryHome, tick } from '../store/home'

/** The real library behind a real port, asked as the window asks it. */
const home = temporaryHome()
let connection: ReturnType<typeof connectService<typeof library>>
let changes = 0

beforeAll(() => {
  const { port1, port2 } = new MessageChannel()
  const service = new Library(home, forkedJobs('no jobs here'))
  const { emit } = serveService(library, port1 as unknown as Port, service.handlers)
  service.observe(emit)
  connection = connectService(library, port2 as unknown as Port)
  connection.listen('runsChanged', () => void changes++)
})
afterAll(() => {
  connection.close()
  home.remove()
})

const eventsOf = async (runId: string) =>
  (await connection.client.runEvents({ runId, afterSeq: 0, limit: 1000 })).map(({ body }) => body)

test('a note is kept at the images that the run has reached', async () => {
  const run = createRun(home, 'noted')
  run.recordEvent(tick(512))
  run.close()
  await connection.client.addNote({ runId: 'noted', text: '  Eyes appear.\nTwo of them. ' })
  expect((await eventsOf('noted')).at(-1)).toEqual({
    kind: 'note',
    imagesSeen: 512,
    text: 'Eyes appear.\nTwo of them.',
  })
  expect(changes).toBeGreaterThan(0)
  await expect(connection.client.addNote({ runId: 'noted', text: '   ' })).rejects.toThrow(
    'library.addNote is not as agreed',
  )
})

test('changed settings are in the run’s settings and in its history', async () => {
  createRun(home, 'changed').close()
  const change = {
    intervals: { mosaicImages: 64 },
    stages: [{ stage: 2, fadeImages: 320, stableImages: 640 }],
  }
  await connection.client.changeSettings({ runId: 'changed', change })
  const { config } = await connection.client.getRun({ runId: 'changed' })
  expect(config.intervals.mosaicImages).toBe(64)
  expect(config.stages[2]).toMatchObject({ fadeImages: 320, stableImages: 640 })
  const [event] = await eventsOf('changed')
  expect(event).toMatchObject({ kind: 'settings', imagesSeen: 0 })
  expect(event).toHaveProperty('changed.length', 3)
  await connection.client.changeSettings({ runId: 'changed', change })
  expect(await eventsOf('changed'), 'a change of nothing').toHaveLength(1)
})

test('what has begun is not changed, and a refused change leaves the run as it was', async () => {
  createRun(home, 'begun').close()
  const before = await connection.client.getRun({ runId: 'begun' })
  const change = { intervals: { tickImages: 16 }, stages: [{ stage: 0, stableImages: 16 }] }
  await expect(connection.client.changeSettings({ runId: 'begun', change })).rejects.toThrow(
    'The stable phase at 4 px has begun',
  )
  expect((await connection.client.getRun({ runId: 'begun' })).config).toEqual(before.config)
  expect(await eventsOf('begun')).toEqual([])
})

test('a run that somebody trains is left to them', async () => {
  createRun(home, 'busy').close()
  const lock = tryLockRun(home.lockFile('busy'))!
  try {
    await expect(connection.client.addNote({ runId: 'busy', text: 'no' })).rejects.toThrow(
      'is being trained by another process',
    )
  } finally {
    lock.release()
  }
})

test('a curve has every tick of a window, told together as asked', async () => {
  const run = createRun(home, 'curve')
  for (let i = 1; i <= 1000; i++) run.recordEvent({ ...tick(i * 16), generatorLoss: i })
  run.recordEvent({ kind: 'state', imagesSeen: 4000, state: 'paused' })
  run.close()
  const ask = (fromImages: number, toImages: number, most: number) =>
    connection.client.runCurve({ runId: 'curve', fromImages, toImages, most })
  const whole = await ask(0, Number.MAX_SAFE_INTEGER, 100)
  expect(whole).toHaveLength(100)
  expect(whole.reduce((sum, { weight }) => sum + weight, 0)).toBe(1000)
  const loss = MEASURES.indexOf('generatorLoss')
  expect(whole[0]).toMatchObject({ fromImages: 16, toImages: 160, weight: 10 })
  expect([whole[0]!.low[loss], whole[0]!.mean[loss], whole[0]!.high[loss]]).toEqual([1, 5.5, 10])
  const part = await ask(1600, 1700, 100)
  expect(part.map(({ toImages }) => toImages)).toEqual([1600, 1616, 1632, 1648, 1664, 1680, 1696])
  expect(part[0]!.seconds).toBeCloseTo(16 / 123, 9)
  expect(await ask(17_000, 18_000, 10)).toEqual([])
})

test('changed settings are there when the file is opened again', () => {
  const run = createRun(home, 'reopened')
  run.changeSettings({ intervals: { tickImages: 32 } }, 0)
  expect(run.config.intervals.tickImages).toBe(32)
  run.close()
  const again = RunFile.openForReading(home.runFile('reopened'))
  expect(again.config.intervals.tickImages).toBe(32)
  again.close()
})
