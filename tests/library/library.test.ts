import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import { connectService, serveService, type Port } from '../../shared/protocol/connect'
import { library, type JobProgress } from '../../shared/protocol/library'
import type { Rehearsal } from '../../shared/domain/rehearsal'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { Library } from '../../main/library/library'
import { openHome, type Home } from '../../main/store/home'
import { openTraining, trainOrFail } from '../../main/trainer/openTraining'

/** The real library behind a real port, asked as the window asks it. */
const root = mkdtempSync(join(tmpdir(), 'sprout-library-'))
let home: Home
let connection: ReturnType<typeof connectService<typeof library>>
const jobs: JobProgress[] = []

beforeAll(() => {
  home = openHome(join(root, 'home'))
  const { port1, port2 } = new MessageChannel()
  const service = new Library(home, forkedJobs(resolve('out/main/job.cjs')))
  const served = serveService(library, port1 as unknown as Port, service.handlers)
  service.observe(served.emit)
  connection = connectService(library, port2 as unknown as Port)
  connection.listen('job', (progress) => jobs.push(progress))
})
afterAll(() => {
  connection.close()
  rmSync(root, { recursive: true, force: true })
})

/** Waits for a job's last report. */
async function ended(jobId: string): Promise<JobProgress['status']> {
  for (;;) {
    const last = jobs.filter((job) => job.jobId === jobId).at(-1)
    if (last !== undefined && last.status.kind !== 'running') return last.status
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const config = trainConfigFor({
  seed: 5,
  channels: 1,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 8,
  fadeImages: 64,
  stableImages: 64,
})
const digits = {
  source: { kind: 'sample', name: 'mnist' },
  crop: 'centre',
  channels: 1,
  finalResolution: 8,
} as const

/** Built by `npm run build`, which npm test runs first. */
const READER = resolve('out/main/reader.cjs')

test('pictures to a dataset, a run, training, a sheet: each asked over the port', async () => {
  const { client } = connection
  expect(await client.listRuns()).toEqual([])
  const { jobId } = await client.prepareDataset(digits)
  const done = await ended(jobId)
  expect(done.kind).toBe('done')
  const datasetId = (done as { result: string }).result
  expect(await client.listDatasets()).toMatchObject([{ id: datasetId, pictures: 60_000 }])

  const run = await client.createRun({ name: 'Digits', datasetId, config })
  expect(run).toMatchObject({ name: 'Digits', state: 'new', imagesSeen: 0, mosaicSeq: null })
  expect(await client.thumbnail({ runId: run.id })).toBeNull()
  expect(run.config.threads).toBeGreaterThan(0)
  const early = await client.startExport(sheet('early.png', run.id))
  expect(await ended(early.jobId)).toMatchObject({ kind: 'failed' })

  const training = openTraining(home, run.id, READER)
  await expect(client.trashRun({ runId: run.id })).rejects.toThrow(/being trained/)
  expect(() => openTraining(home, run.id, READER)).toThrow(/another process/)
  expect(await trainOrFail(training)).toBe('finished')
  training.close()

  const trained = await client.getRun({ runId: run.id })
  expect(trained).toMatchObject({ state: 'finished', imagesSeen: 192 })
  expect((await sharp((await client.thumbnail({ runId: run.id }))!).metadata()).format).toBe('webp')
  const events = await client.runEvents({ runId: run.id, afterSeq: 0, limit: 1000 })
  const kinds = new Set(events.map((event) => event.body.kind))
  expect(kinds).toEqual(
    new Set(['state', 'stage', 'kernels', 'mosaic', 'tick', 'checkpoint', 'quality']),
  )
  expect((await client.verifyRun({ runId: run.id })).fileIntact).toBe(true)

  const file = join(root, 'sheet.png')
  const { jobId: sheetJob } = await client.startExport(sheet('sheet.png', run.id))
  expect(await ended(sheetJob)).toEqual({ kind: 'done', result: file })
  expect(await sharp(file).metadata()).toMatchObject({ width: 4 * 8, height: 3 * 8, channels: 1 })
  const again = await client.startExport(sheet('again.png', run.id))
  await ended(again.jobId)
  const [a, b] = await Promise.all([
    sharp(file).raw().toBuffer(),
    sharp(join(root, 'again.png')).raw().toBuffer(),
  ])
  expect(a.equals(b)).toBe(true)

  await client.trashRun({ runId: run.id })
  expect(await client.listRuns()).toEqual([])
  expect(readdirSync(home.runsFolder)).toEqual([])
}, 60_000)

function sheet(name: string, runId: string, count = 12) {
  const samples = { which: 'seeds' as const, seed: 1, count }
  return { kind: 'sheet' as const, runId, samples, columns: 4, file: join(root, name) }
}

test('a cancelled job says so and leaves no file that looks finished', async () => {
  const { client } = connection
  const { jobId } = await client.prepareDataset({ ...digits, finalResolution: 32 })
  await client.cancelJob({ jobId })
  expect(await ended(jobId)).toEqual({ kind: 'cancelled' })
  expect(existsSync(join(root, 'early.png'))).toBe(false)
})

test('what is asked wrongly is refused at the border, by name', async () => {
  const { client } = connection
  await expect(client.getRun({ runId: 'none' })).rejects.toThrow(/none/)
  await expect(client.getRun({} as { runId: string })).rejects.toThrow(/library\.getRun.*runId/)
  const tooMany = sheet('x.png', 'none', 1e6)
  await expect(client.startExport(tooMany)).rejects.toThrow(/count/)
})

test('a rehearsal is asked over the port, reports as it goes, and can be cancelled', async () => {
  const { client, listen } = connection
  const reports: { jobId: string; rehearsal: Rehearsal }[] = []
  const forget = listen('rehearsal', (report) => reports.push(report))
  const question = { config, pictures: 60_000 }
  const reckoned = await client.estimateRehearsal(question)
  expect(reckoned).toMatchObject({ fits: true, largestFitting: 8, seconds: null })

  const { jobId } = await client.rehearse({ question, again: false })
  expect(await ended(jobId)).toMatchObject({ kind: 'done' })
  const mine = reports.filter((report) => report.jobId === jobId)
  expect(mine.map(({ rehearsal }) => rehearsal.measuring)).toEqual([0, 1, null])
  const last = mine.at(-1)!.rehearsal
  expect(last.stages.map(({ basis }) => basis)).toEqual(['measured', 'measured'])
  expect(await client.estimateRehearsal(question)).toMatchObject({ stages: last.stages })

  const second = await client.rehearse({ question, again: true })
  await client.cancelJob(second)
  expect(await ended(second.jobId)).toEqual({ kind: 'cancelled' })
  forget()
}, 120_000)
