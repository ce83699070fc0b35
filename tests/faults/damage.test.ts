import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repairDataset } from '../../main/pictures/repairDataset'
import { Catalog } from '../../main/store/catalog'
import { DatasetFile } from '../../main/store/datasetFile'
import { repairRun } from '../../main/store/repairRun'
import { RunFile } from '../../main/store/runFile'
import { checkpointAt, createRun, mosaic, temporaryHome, tick } from '../store/home'
import { damaged, DAMAGES, type Damage } from './damage'
import { Chance } from './kills'

/** Damages of each kind: `SPROUT_DAMAGES=2000` tries more of them. */
const EACH = Number(process.env.SPROUT_DAMAGES ?? 25)
const TIMEOUT_MS = 60_000 + EACH * 400
const home = temporaryHome()
afterAll(home.remove)

const TICKS = 300
const CHECKPOINTS = [1600, 3200, 4800]
let whole: Buffer
beforeAll(() => {
  const run = createRun(home, 'broken')
  run.recordEvent({ kind: 'stage', imagesSeen: 0, stage: 0, resolution: 4, phase: 'stable' })
  for (let i = 1; i <= TICKS; i++) {
    run.recordEvent(tick(16 * i))
    if (i % 50 === 0) run.recordEvent(mosaic(16 * i, Array<number>(700).fill(i % 256)))
    if (CHECKPOINTS.includes(16 * i)) {
      const checkpoint = run.saveCheckpoint(checkpointAt(16 * i))
      run.recordEvent({ kind: 'checkpoint', checkpoint })
    }
  }
  run.setState('training')
  run.close()
  whole = readFileSync(home.runFile('broken'))
  forget(home.runFile('broken'))
})

function forget(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '.damaged', '.damaged-wal']) {
    rmSync(file + suffix, { force: true })
  }
}

/** What a checkpoint must hold if it is answered at all. */
function expectRight(run: RunFile, id: number, imagesSeen: number): void {
  const { tensors } = run.loadCheckpoint(id)
  const expected = checkpointAt(imagesSeen).tensors
  expect([...tensors.keys()]).toEqual([...expected.keys()])
  for (const [name, { values }] of tensors) expect(values).toEqual(expected.get(name)!.values)
}

/** An error is one line that names the file, and none of SQLite's own. */
function expectClear(error: unknown, file: string): void {
  expect(error).toBeInstanceOf(Error)
  expect((error as Error).name).not.toBe('SqliteError')
  expect((error as Error).message).toContain(file)
  expect((error as Error).message).not.toContain('\n')
}

/** Reads all of a run file as the app does; answers whether nothing was wrong with it. */
function readAll(file: string): boolean {
  let run: RunFile
  try {
    run = RunFile.openForReading(file)
  } catch (error) {
    expectClear(error, file)
    return false
  }
  let fine = true
  const read = (work: () => unknown) => {
    try {
      work()
    } catch (error) {
      expectClear(error, file)
      fine = false
    }
  }
  read(() => run.summary())
  read(() => run.eventsAfter(0, 100))
  read(() => run.mosaics())
  read(() => run.curve(0, 10_000, 50))
  read(() => run.newestMosaic())
  read(() => {
    const { fileIntact, checkpoints } = run.verify()
    if (!fileIntact || checkpoints.some(({ problems }) => problems.length > 0)) fine = false
  })
  read(() => {
    const { checkpoint } = run.loadNewestGoodCheckpoint()
    if (checkpoint !== null) expectRight(run, checkpoint.info.id, checkpoint.info.imagesSeen)
  })
  run.close()
  return fine
}

describe.each(DAMAGES)('a run file that is damaged: %s', (kind: Damage) => {
  test(
    'is named in one line, gives no wrong checkpoint, and is repaired as far as it can be',
    () => {
      const chance = new Chance(DAMAGES.indexOf(kind))
      let repaired = 0
      let kept = 0
      for (let i = 0; i < EACH; i++) {
        const file = home.runFile('broken')
        const bytes = damaged(whole, kind, chance)
        writeFileSync(file, bytes)
        const fine = readAll(file)
        writeFileSync(file, bytes)
        try {
          const report = repairRun(home, 'broken')
          // A repair looks at every event, the app at some.
          if (!fine) expect(report.kept).not.toBeNull()
          if (report.kept !== null) {
            expect(readFileSync(report.kept).equals(bytes)).toBe(true)
            repaired++
          }
          expect(readAll(file)).toBe(true)
          const run = RunFile.openForReading(file)
          expect(run.checkpoints()).toEqual(report.checkpoints)
          for (const { id, imagesSeen } of report.checkpoints) expectRight(run, id, imagesSeen)
          kept += report.checkpoints.length
          run.close()
        } catch (error) {
          expectClear(error, file)
          // Nothing was touched.
          expect(readFileSync(file).equals(bytes)).toBe(true)
          expect(existsSync(`${file}.damaged`)).toBe(false)
        }
        forget(file)
      }
      expect(readdirSync(home.runsFolder).filter((name) => name.startsWith('.'))).toEqual([])
      console.log(`${kind}: ${EACH} tried, ${repaired} repaired, ${kept} checkpoints kept`)
    },
    TIMEOUT_MS,
  )
})

test('a run whose first page is gone has all of its checkpoints and history after a repair', () => {
  const file = home.runFile('headless')
  writeFileSync(file, Buffer.from(whole).fill(0, 0, 4096))
  expect(() => RunFile.openForReading(file)).toThrow('its beginning is damaged')
  const report = repairRun(home, 'headless')
  expect(report).toMatchObject({ lostCheckpoints: [], lostEvents: 0, lostMosaics: 0 })
  expect(report.checkpoints.map(({ imagesSeen }) => imagesSeen)).toEqual(CHECKPOINTS)
  const run = RunFile.openForReading(file)
  expect(run.summary().state).toBe('paused')
  expect(run.curve(0, 10_000, 1000)).toHaveLength(TICKS)
  run.close()
  forget(file)
})

test('a damaged run keeps its last good checkpoint; what came later goes', () => {
  const file = home.runFile('late')
  const bytes = Buffer.from(whole)
  const last = new Uint8Array(
    checkpointAt(4800).tensors.get('generator/dense/weight')!.values.buffer,
  )
  bytes[bytes.indexOf(last.subarray(0, 64)) + 3]! ^= 4
  writeFileSync(file, bytes)
  const report = repairRun(home, 'late')
  expect(report.lostCheckpoints).toEqual([4800])
  expect(report.checkpoints.map(({ imagesSeen }) => imagesSeen)).toEqual([1600, 3200])
  expect(report.lostEvents).toBe(0)
  forget(file)
})

test('damaged files leave the rest of the library usable, whatever the damage', () => {
  createRun(home, 'good').close()
  const chance = new Chance(99)
  for (let i = 0; i < 60; i++) {
    writeFileSync(home.runFile('bad'), damaged(whole, chance.of(DAMAGES), chance))
    const catalog = Catalog.open(home)
    expect(catalog.listRuns().map(({ id }) => id)).toContain('good')
    const ids = catalog.problems().map(({ id }) => id)
    const listed = catalog.listRuns().map(({ id }) => id)
    // A run of another id than its file's is a problem as well.
    expect([...ids, ...listed]).toContain('bad')
    catalog.close()
    forget(home.runFile('bad'))
  }
})

test('the catalog is made anew from the files whatever happens to it, also while it is open', () => {
  const other = temporaryHome()
  createRun(other, 'one').close()
  createRun(other, 'two').close()
  const first = Catalog.open(other)
  first.listRuns()
  first.close()
  const bytes = readFileSync(other.catalogFile)
  const chance = new Chance(7)
  for (let i = 0; i < 300; i++) {
    writeFileSync(other.catalogFile, damaged(bytes, chance.of(DAMAGES), chance))
    const catalog = Catalog.open(other)
    expect(
      catalog
        .listRuns()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['one', 'two'])
    expect(catalog.problems()).toEqual([])
    catalog.close()
    forget(other.catalogFile)
  }
  other.remove()
})

describe('a damaged dataset', () => {
  const source = { kind: 'sample', name: 'mnist' } as const
  const options = { source, crop: 'centre', channels: 1, finalResolution: 8 } as const
  const paths: string[] = []

  function pixelsOf(file: string): Buffer {
    const dataset = DatasetFile.open(file)
    try {
      const { pictures } = dataset.summary()
      return Buffer.concat(
        ([4, 8] as const).map((resolution) => {
          const into = new Uint8Array(pictures * resolution ** 2)
          dataset.openLevel(resolution).read(
            Uint32Array.from({ length: pictures }, (_, i) => i),
            into,
          )
          return Buffer.from(into)
        }),
      )
    } finally {
      dataset.close()
    }
  }

  test('gets what is lost from its source again, each picture under its number', async () => {
    const { picturesOf } = await import('../../main/pictures/source')
    const pictures = await picturesOf(options)
    const file = home.datasetFile('digits')
    const dataset = DatasetFile.create(file, { id: 'digits', name: 'Digits', options })
    dataset.addClasses(pictures.classes)
    for (const path of pictures.paths.slice(0, 400)) {
      paths.push(path)
      dataset.addPicture({
        path,
        levels: await pictures.decode(path),
        className: pictures.classOf(path),
      })
    }
    dataset.markReady()
    dataset.close()
    const bytes = readFileSync(file)
    const pixels = pixelsOf(file)
    expect((await repairDataset(home, 'digits')).kept).toBeNull()

    const pages = bytes.length / 4096
    let mended = 0
    for (let page = 6; page < pages; page += 3) {
      writeFileSync(file, Buffer.from(bytes).fill(0, page * 4096, (page + 1) * 4096))
      try {
        const report = await repairDataset(home, 'digits')
        if (report.kept !== null && report.preparedAgain <= paths.length) {
          expect(pixelsOf(file).equals(pixels)).toBe(true)
          mended += report.preparedAgain
        }
      } catch (error) {
        expectClear(error, file)
      }
      forget(file)
    }
    expect(mended).toBeGreaterThan(0)
    expect(readdirSync(home.datasetsFolder).filter((name) => name.startsWith('.'))).toEqual([])
  }, 120_000)

  test('stays as it is when its pictures are gone, and says which one is missing', async () => {
    const folder = join(home.folder, 'gone')
    const file = home.datasetFile('folder')
    const dataset = DatasetFile.create(file, {
      id: 'folder',
      name: 'gone',
      options: { ...options, source: { kind: 'folder', path: folder }, finalResolution: 4 },
    })
    for (let i = 0; i < 200; i++) {
      dataset.addPicture({ path: `${i}.png`, levels: new Map([[4, new Uint8Array(16).fill(i)]]) })
    }
    dataset.markReady()
    dataset.close()
    const bytes = readFileSync(file)
    const at = bytes.lastIndexOf(Buffer.alloc(16, 150))
    bytes.fill(0xff, at - 30, at)
    writeFileSync(file, bytes)
    await expect(repairDataset(home, 'folder')).rejects.toThrow(/Picture \d+\.png is damaged/)
    expect(readFileSync(file).equals(bytes)).toBe(true)
    forget(file)
  })
})
