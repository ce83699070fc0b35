import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import { connectService, serveService, type Port } from '../../shared/protocol/connect'
import { library, type JobProgress } from '../../shared/protocol/library'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { Engines } from '../../main/library/engines'
import { Jobs } from '../../main/library/jobs'
import { Library } from '../../main/library/library'
import { openHome, type Home } from '../../main/store/home'

/** The real library behind a real port, asked as the window asks it; no engine is installed for it. */
const root = mkdtempSync(join(tmpdir(), 'sprout-machine-'))
const jobs: JobProgress[] = []
let home: Home
let connection: ReturnType<typeof connectService<typeof library>>
let changes = 0

beforeAll(() => {
  process.env.SPROUT_ENGINES = join(root, 'engines')
  home = openHome(join(root, 'home'))
  const { port1, port2 } = new MessageChannel()
  const service = new Library(home, forkedJobs(resolve('out/main/job.cjs')))
  delete process.env.SPROUT_ENGINES
  const served = serveService(library, port1 as unknown as Port, service.handlers)
  service.observe(served.emit)
  connection = connectService(library, port2 as unknown as Port)
  connection.listen('job', (progress) => jobs.push(progress))
  connection.listen('machineChanged', () => changes++)
})
afterAll(() => {
  connection.close()
  rmSync(root, { recursive: true, force: true })
})

async function ended(jobId: string): Promise<JobProgress['status']> {
  for (;;) {
    const last = jobs.filter((job) => job.jobId === jobId).at(-1)
    if (last !== undefined && last.status.kind !== 'running') return last.status
    await new Promise((wait) => setTimeout(wait, 10))
  }
}

test('devices are listed untried, tried one at a time as a job, and remembered', async () => {
  const { client } = connection
  const before = await client.devices()
  expect(before.probing).toBeNull()
  expect(before.known[0]).toEqual({ device: 'cpu', verdict: null, foundAt: null })

  const { jobId } = await client.probeDevices({ devices: ['cpu'] })
  await expect(client.probeDevices({ devices: null })).rejects.toThrow(/being tried already/)
  expect((await client.devices()).probing).toBe(jobId)
  expect(await ended(jobId)).toMatchObject({ kind: 'done' })
  expect(jobs.filter((job) => job.jobId === jobId)[0]!.status).toMatchObject({
    kind: 'running',
    label: 'cpu',
    done: 0,
    total: 1,
  })
  await expect.poll(() => changes).toBeGreaterThanOrEqual(3)
  const after = await client.devices()
  expect(after.probing).toBeNull()
  expect(after.known[0]).toMatchObject({ device: 'cpu', verdict: { kind: 'works' } })
  expect(Math.abs(Date.now() - after.known[0]!.foundAt!)).toBeLessThan(120_000)

  const second = await client.probeDevices({ devices: ['cpu'] })
  await client.cancelJob(second)
  expect(await ended(second.jobId)).toEqual({ kind: 'cancelled' })
  expect((await client.devices()).known[0]).toEqual(after.known[0])
}, 120_000)

test('an engine that is not there is listed with what it takes, and cannot be repaired', async () => {
  const { client } = connection
  const [engine] = await client.engines()
  expect(engine).toMatchObject({ name: 'tensorflow', state: 'missing', bytes: 0, work: null })
  expect(engine!.needs.diskBytes).toBeGreaterThan(engine!.needs.downloadBytes)
  const { jobId } = await client.repairEngine({ name: 'tensorflow' })
  expect(await ended(jobId)).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/not installed|64-bit Linux/),
  })
  const removal = await client.removeEngine({ name: 'tensorflow' })
  expect(await ended(removal.jobId)).toEqual({ kind: 'done', result: '0' })
  expect((await client.engines())[0]!.work).toBeNull()
})

test('work on an engine is one job at a time, and none while a run trains with it', async () => {
  let run: string | null = null
  let changed = 0
  const statuses: JobProgress['status'][] = []
  const engines = new Engines({
    engines: join(root, 'engines'),
    jobs: new Jobs(({ status }) => statuses.push(status)),
    trainingWith: () => run,
    changed: () => changed++,
  })
  const jobId = engines.start('remove')
  expect(engines.list()[0]!.work).toEqual({ kind: 'remove', jobId })
  expect(() => engines.start('install')).toThrow(/being worked on/)
  await expect.poll(() => changed).toBe(2)
  expect(statuses).toEqual([{ kind: 'done', result: '0' }])
  expect(engines.list()[0]!.work).toBeNull()
  run = 'Digits'
  expect(() => engines.start('remove')).toThrow('“Digits” is training with this engine')
})

test('a job of several parts reckons the time left anew in each', async () => {
  const statuses: JobProgress['status'][] = []
  const wait = (ms: number) => new Promise((resolved) => setTimeout(resolved, ms))
  const jobs = new Jobs(({ status }) => statuses.push(status))
  jobs.start(async (report) => {
    report('download', 0, 1000)
    await wait(200)
    report('download', 1000, 1000)
    report('unpack', 0, 1000)
    await wait(200)
    report('unpack', 500, 1000)
    return ''
  })
  await expect.poll(() => statuses.at(-1)?.kind).toBe('done')
  const parts = statuses.flatMap((status) => (status.kind === 'running' ? [status] : []))
  expect(parts.map(({ label, done }) => [label, done])).toEqual([
    ['download', 0],
    ['download', 1000],
    ['unpack', 0],
    ['unpack', 500],
  ])
  expect(parts.map(({ secondsLeft }) => secondsLeft === null)).toEqual([true, false, true, false])
  expect(parts[1]!.secondsLeft).toBe(0)
  expect(parts[3]!.secondsLeft).toBeGreaterThan(0)
})

test('prepared pictures are listed with the runs that need them, and deleted when none does', async () => {
  const { client } = connection
  const digits = { source: { kind: 'sample', name: 'mnist' }, crop: 'centre', channels: 1 } as const
  const prepare = { ...digits, finalResolution: 8 } as const
  const config = trainConfigFor({
    seed: 5,
    channels: 1,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 8,
  })
  const question = { config, pictures: 60_000, prepare }
  expect((await client.estimateRehearsal(question)).dataBytes).toBe(60_000 * (16 + 64))
  const done = await ended((await client.prepareDataset(prepare)).jobId)
  const datasetId = (done as { result: string }).result

  // What is prepared takes no more disk, whatever else a rehearsal is asked about.
  expect((await client.estimateRehearsal(question)).dataBytes).toBe(0)
  const otherwise = { ...question, prepare: { ...prepare, crop: 'pad' } } as const
  expect((await client.estimateRehearsal(otherwise)).dataBytes).toBeGreaterThan(0)

  const run = await client.createRun({ name: 'Digits', datasetId, config })
  const storage = await client.storage()
  expect(storage).toMatchObject({
    folder: home.folder,
    runs: 1,
    datasets: [{ dataset: { id: datasetId, pictures: 60_000 }, usedBy: ['Digits'] }],
  })
  expect(existsSync(storage.landmark)).toBe(true)
  expect(storage.datasets[0]!.bytes).toBeGreaterThan(60_000 * 64)
  expect(storage.datasetBytes).toBeGreaterThanOrEqual(storage.datasets[0]!.bytes)
  await expect(client.deleteDataset({ datasetId })).rejects.toThrow(/needed by “Digits”/)
  await client.trashRun({ runId: run.id })
  await expect(client.deleteDataset({ datasetId })).rejects.toThrow(/needed by “Digits”/)
  await client.emptyTrash()
  await client.deleteDataset({ datasetId })
  expect((await client.storage()).datasets).toEqual([])
  expect(readdirSync(home.datasetsFolder)).toEqual([])
}, 120_000)
