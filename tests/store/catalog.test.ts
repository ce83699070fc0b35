import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Catalog } from '../../main/store/catalog'
import { DatasetFile } from '../../main/store/datasetFile'
import { tryLockRun } from '../../main/store/runLock'
import { Trash } from '../../main/store/trash'
import { createRun, mosaic, temporaryHome, tick } from './home'

const home = temporaryHome()
afterAll(home.remove)

const ids = () => catalog.listRuns().map((run) => run.id)
let catalog: Catalog
beforeAll(() => {
  catalog = Catalog.open(home)
})

test('lists what is there, newest activity first, and follows changes', async () => {
  expect(catalog.listRuns()).toEqual([])
  createRun(home, 'one-1').close()
  await new Promise((resolve) => setTimeout(resolve, 5))
  const two = createRun(home, 'one-2')
  expect(ids()).toEqual(['one-2', 'one-1'])
  two.recordEvent(tick(160))
  two.recordEvent(mosaic(160, [9, 9]))
  // Not closed: the change is in the log alone.
  expect(catalog.listRuns()[0]).toMatchObject({
    id: 'one-2',
    file: home.runFile('one-2'),
    imagesSeen: 160,
    mosaicSeq: 2,
  })
  two.close()
  expect(catalog.listRuns()[0]!.imagesSeen).toBe(160)
})

test('a run that says it trains is interrupted unless its lock is held', () => {
  const run = createRun(home, 'crashed')
  run.setState('training')
  run.close()
  expect(catalog.findRun('crashed').state).toBe('interrupted')
  const lock = tryLockRun(home.lockFile('crashed'))!
  expect(catalog.findRun('crashed').state).toBe('training')
  expect(() => new Trash(home).put('crashed')).toThrow('being trained')
  lock.release()
  expect(catalog.findRun('crashed').state).toBe('interrupted')
  new Trash(home).put('crashed')
  expect(ids()).not.toContain('crashed')
})

test('finds runs by id, by a beginning of it that only one has, and by name', () => {
  expect(catalog.findRun('one-1').id).toBe('one-1')
  expect(() => catalog.findRun('one')).toThrow('any of the runs one-2, one-1')
  expect(catalog.findRun('Run one-2').id).toBe('one-2')
  expect(() => catalog.findRun('two')).toThrow('There is no run two')
  expect(() => catalog.findRun('')).toThrow('There is no run')
})

test('damaged, foreign and misnamed files are problems, and the others are listed', () => {
  writeFileSync(home.runFile('broken'), readFileSync(home.runFile('one-1')).fill(0xff, 200, 9000))
  writeFileSync(home.runFile('text'), 'hello')
  copyFileSync(home.runFile('one-1'), home.runFile('copy'))
  const whole = readFileSync(home.runFile('one-1'))
  writeFileSync(home.runFile('cut'), whole.subarray(0, whole.length / 3))
  expect(ids()).toEqual(['one-2', 'one-1'])
  const problems = catalog.problems()
  expect(problems.map(({ file }) => file)).toEqual(
    ['broken', 'copy', 'cut', 'text'].map(home.runFile),
  )
  for (const { file, message } of problems) expect(message).toContain(file)
  expect(problems[1]!.message).toContain('rename it to one-1.sqlite')
  expect(() => catalog.findRun('broken')).toThrow('broken.sqlite')
  for (const { file } of problems) rmSync(file)
  expect(catalog.problems()).toEqual([])
})

test('datasets are listed too', () => {
  const options = {
    source: { kind: 'folder', path: '/pictures' },
    crop: 'centre',
    channels: 3,
    finalResolution: 4,
  } as const
  const dataset = DatasetFile.create(home.datasetFile('d'), { id: 'd', name: 'pictures', options })
  dataset.addPicture({ path: 'a.png', levels: new Map([[4, new Uint8Array(48)]]) })
  dataset.markReady()
  dataset.close()
  expect(catalog.listDatasets()).toMatchObject([{ id: 'd', options, pictures: 1, state: 'ready' }])
  catalog.removeDataset('d')
  expect(catalog.listDatasets()).toEqual([])
})

test('a lost or damaged catalog is made anew from the files', () => {
  catalog.close()
  const bytes = readFileSync(home.catalogFile)
  writeFileSync(home.catalogFile, bytes.fill(0xff, 100, 8000))
  catalog = Catalog.open(home)
  expect(ids()).toEqual(['one-2', 'one-1'])
  catalog.close()
  writeFileSync(home.catalogFile, 'rubbish')
  catalog = Catalog.open(home)
  expect(ids()).toEqual(['one-2', 'one-1'])
  catalog.close()
  rmSync(home.catalogFile)
  catalog = Catalog.open(home)
  expect(ids()).toEqual(['one-2', 'one-1'])
  catalog.close()
})
