import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PrepareOptions } from '../../shared/domain/dataset'
import { decodePicture } from '../../main/pictures/decode'
import { findDuplicates } from '../../main/pictures/duplicates'
import { levelsOf } from '../../main/pictures/levels'
import { datasetId, prepareDataset } from '../../main/pictures/prepare'
import { previewPictures } from '../../main/pictures/preview'
import { scanSource } from '../../main/pictures/scan'
import type { ScanProgress } from '../../main/pictures/scanFindings'
import { DatasetFile } from '../../main/store/datasetFile'
import { openHome } from '../../main/store/home'

const root = mkdtempSync(join(tmpdir(), 'sprout-scan-'))
const folder = join(root, 'garden')
const source = { kind: 'folder', path: folder } as const
const options: PrepareOptions = { source, crop: 'centre', channels: 3, finalResolution: 16 }
const within = (name: string) => join(folder, name)

/** A grey ground with a bright red square at the left edge, `width` by `height`. */
function withSquare(width: number, height: number) {
  const side = Math.floor(Math.min(width, height) / 2)
  const ground = { width, height, channels: 3 as const, background: '#808080' }
  const square = { width: side, height: side, channels: 3 as const, background: '#ff2010' }
  return sharp({ create: ground }).composite([{ input: { create: square }, left: 4, top: 4 }])
}

beforeAll(async () => {
  mkdirSync(within('sub'), { recursive: true })
  await withSquare(40, 24).png().toFile(within('a.png'))
  await withSquare(300, 200).jpeg().toFile(within('b.jpg'))
  // Turned by its EXIF data: 100 wide as it is shown.
  await withSquare(500, 100).withMetadata({ orientation: 6 }).jpeg().toFile(within('c.jpg'))
  await withSquare(64, 64).webp().toFile(within('d.webp'))
  copyFileSync(within('a.png'), within('copy of a.png'))
  copyFileSync(within('a.png'), within('sub/another.png'))
  copyFileSync(within('b.jpg'), within('sub/b.jpg'))
  writeFileSync(within('empty.png'), '')
  writeFileSync(within('words.png'), 'these are words')
  writeFileSync(within('phone.heic'), 'something')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('a scan tells as it goes, and ends with all: sizes, reasons, copies', async () => {
  const told: ScanProgress[] = []
  const scan = await scanSource(source, { onFound: (progress) => told.push(progress) })
  expect(scan.bySize).toEqual([
    { from: 16, files: 3 },
    { from: 64, files: 2 },
    { from: 128, files: 2 },
  ])
  expect(scan).toMatchObject({ files: 9, looked: 9, channels: 3, duplicateFiles: 3 })
  expect(scan.byFormat).toEqual({ PNG: 5, JPEG: 3, WebP: 1 })
  expect(scan.duplicates).toEqual([
    { path: 'copy of a.png', sameAs: 'a.png' },
    { path: 'sub/another.png', sameAs: 'a.png' },
    { path: 'sub/b.jpg', sameAs: 'b.jpg' },
  ])
  // Each file once, however often it was looked at.
  expect(scan.skipped.map(({ path }) => path).sort()).toEqual([
    'empty.png',
    'phone.heic',
    'words.png',
  ])
  expect([scan.skippedFiles, scan.unreadableFiles]).toEqual([3, 2])
  expect(told[0]!.scan).toMatchObject({ files: 9, looked: 0, channels: null })
  expect(told.flatMap(({ thumbnails }) => thumbnails)).toHaveLength(7)
  const looked = told.map((one) => one.scan.looked)
  expect(looked).toEqual(looked.toSorted((a, b) => a - b))
  expect(told.at(-1)).toMatchObject({ done: 9, total: 9, scan })
})

test('a scan stops when it is told to', async () => {
  const abort = new AbortController()
  const onFound = ({ scan }: ScanProgress) => {
    if (scan.looked === 2) abort.abort(new Error('Stopped'))
  }
  await expect(scanSource(source, { onFound, signal: abort.signal })).rejects.toThrow('Stopped')
})

test('files of equal length but other bytes are no copies', async () => {
  writeFileSync(join(root, 'one'), 'abc')
  writeFileSync(join(root, 'two'), 'abd')
  writeFileSync(join(root, 'three'), 'abc')
  expect(await findDuplicates(root, ['one', 'two', 'three', 'gone'])).toEqual(
    new Map([['three', 'one']]),
  )
})

test('copies are left out of a dataset when asked, with the first by path kept', async () => {
  const home = openHome(join(root, 'home'))
  const all = await prepareDataset(home, options)
  const once = await prepareDataset(home, { ...options, dropDuplicates: true })
  expect([all.pictures, once.pictures]).toEqual([7, 4])
  const file = DatasetFile.open(home.datasetFile(once.id))
  const skipped = file.skippedFiles()
  file.close()
  expect(skipped).toContainEqual({ path: 'sub/b.jpg', reason: 'the same as b.jpg' })
  expect(skipped.map(({ path }) => path)).not.toContain('a.png')
})

test('datasets from before copies were looked for keep their names', () => {
  expect(datasetId({ ...options, dropDuplicates: false })).toBe(datasetId(options))
  expect(datasetId({ ...options, dropDuplicates: true })).not.toBe(datasetId(options))
})

test('the striking part is found where it is', async () => {
  const file = within('wide.png')
  await withSquare(160, 40).png().toFile(file)
  const reds = async (crop: 'centre' | 'smart') => {
    const pixels = await decodePicture(file, { crop, channels: 3, resolution: 16 })
    return pixels.filter((value, i) => i % 3 === 0 && value > 200).length
  }
  expect(await reds('centre')).toBe(0)
  expect(await reds('smart')).toBeGreaterThan(30)
  rmSync(file)
})

test('a preview is what will be prepared, to the byte, and keeps within its source', async () => {
  for (const crop of ['centre', 'pad', 'smart'] as const) {
    const asked = { ...options, crop }
    const [preview] = await previewPictures(asked, ['b.jpg', 'words.png', '../garden/a.png'])
    expect(preview!.levels.map(({ resolution }) => resolution)).toEqual([4, 8, 16])
    const pixels = await decodePicture(within('b.jpg'), { crop, channels: 3, resolution: 16 })
    for (const [resolution, wanted] of levelsOf(pixels, 16, 3)) {
      const { png } = preview!.levels.find((level) => level.resolution === resolution)!
      expect(await sharp(png).raw().toBuffer()).toEqual(Buffer.from(wanted))
    }
  }
  expect(await previewPictures(options, ['/etc/passwd', 'sub/../../x.png'])).toEqual([])
})
