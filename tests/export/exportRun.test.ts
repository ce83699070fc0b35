import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { fromBuffer, type Entry, type ZipFile } from 'yauzl'
import { ExportRequestSchema, type ExportWish } from '../../shared/domain/exportRequest'
import { exportRun } from '../../main/export/exportRun'
import { csvOf } from '../../main/export/metrics'
import { readTrace } from '../../main/export/traceNote'
import { toByte } from '../../main/pictures/encode'
import { tick } from '../store/home'
import { TinyRun, tinyConfig } from './tinyRun'

/** Half way through the fade to 16 px. */
const IMAGES = 160
let tiny: TinyRun

beforeAll(async () => {
  tiny = new TinyRun(tinyConfig(), IMAGES)
  for (let i = 0; i < 3; i++) tiny.run.recordEvent(tick(16 * i))
  for (const [i, size] of ([8, 8, 16, 16] as const).entries()) {
    await tiny.addMosaic(32 * i, size, 60 * i)
  }
})
afterAll(() => tiny.remove())

type Wanted<T> = T extends ExportWish ? Omit<T, 'runId'> & { file: string } : never

async function exported(wanted: Wanted<ExportWish>, watch = {}): Promise<string> {
  const file = tiny.path(wanted.file)
  const request = v.parse(ExportRequestSchema, { ...wanted, runId: 'tiny-run', file })
  return await exportRun(tiny.run, tiny.engine, request, watch)
}

const few = { which: 'seeds', seed: 5, count: 5 } as const

/** The bytes of one seed's picture, straight from the sampler. */
async function drawn(seed: number, truncation = 1): Promise<Uint8Array> {
  await using sampler = await tiny.sampler()
  return await sampler.draw([{ kind: 'sample', seed, className: null }], truncation)
}

const rawOf = (input: string | Buffer) => sharp(input).raw().toBuffer()

describe('pictures', () => {
  test('a sheet has the seeds in order, each the same as drawn alone, and tells where it is from', async () => {
    const file = await exported({ kind: 'sheet', file: 'sheet.png', samples: few, columns: 3 })
    expect(await sharp(file).metadata()).toMatchObject({ width: 48, height: 32 })
    const second = await sharp(file)
      .extract({ left: 16, top: 0, width: 16, height: 16 })
      .raw()
      .toBuffer()
    expect(new Uint8Array(second)).toEqual(await drawn(6))
    expect(readTrace(readFileSync(file))).toMatchObject({
      runId: 'tiny-run',
      runName: 'Ünï <b>& 花',
      imagesSeen: IMAGES,
      seed: 5,
      count: 5,
      truncation: 1,
    })
  })

  test('a sheet with labels has room for them, and its pictures are enlarged', async () => {
    const samples = { ...few, count: 4 }
    const file = await exported({ kind: 'sheet', file: 'labels.png', samples, labels: true })
    const { width, height } = await sharp(file).metadata()
    expect([width, height]).toEqual([2 * 72 + 8, 2 * 90 + 8])
    const picture = await sharp(file)
      .extract({ left: 8, top: 8, width: 64, height: 64 })
      .resize(16, 16, { kernel: 'nearest' })
      .raw()
      .toBuffer()
    expect(new Uint8Array(picture)).toEqual(await drawn(5))
    const strip = await sharp(file)
      .extract({ left: 8, top: 73, width: 64, height: 16 })
      .greyscale()
      .raw()
      .toBuffer()
    expect(Math.min(...strip), 'dark letters').toBeLessThan(120)
  })

  test('a ZIP file holds a PNG of each seed and a note on all', async () => {
    const file = await exported({
      kind: 'pictures',
      file: 'all.zip',
      samples: few,
      container: 'zip',
      truncation: 0.5,
    })
    const files = await unzip(readFileSync(file))
    expect([...files.keys()]).toEqual([
      ...[5, 6, 7, 8, 9].map((seed) => `seed-00000${seed}.png`),
      'samples.json',
    ])
    const note = JSON.parse(files.get('samples.json')!.toString()) as { pictures: unknown[] }
    expect(note).toMatchObject({ runId: 'tiny-run', truncation: 0.5, resolution: 16 })
    expect(note.pictures[1]).toEqual({ file: 'seed-000006.png', seed: 6, className: null })
    const third = files.get('seed-000007.png')!
    expect(new Uint8Array(await rawOf(third))).toEqual(await drawn(7, 0.5))
    expect(readTrace(third)).toMatchObject({ seed: 7, count: 1, truncation: 0.5 })
  })

  test('a folder holds the same, and is never written over', async () => {
    const wanted: Wanted<ExportWish> = {
      kind: 'pictures',
      file: 'folder',
      samples: { which: 'list', samples: [{ seed: 9, className: null }] },
      container: 'folder',
    }
    const folder = await exported(wanted)
    expect(readdirSync(folder).sort()).toEqual(['samples.json', 'seed-000009.png'])
    await expect(exported(wanted)).rejects.toThrow(/exists already/)
  })

  test('truncation 0 draws one picture for all seeds', async () => {
    expect(await drawn(1, 0)).toEqual(await drawn(2, 0))
    expect(await drawn(1, 0.5)).not.toEqual(await drawn(2, 0.5))
  })
})

describe('moving pictures', () => {
  const walk = {
    stops: [1, 2].map((seed) => ({ seed, className: null })),
    path: 'spherical',
    loop: false,
  } as const

  test.each(['gif', 'webp'] as const)(
    'a walk as %s begins and ends at its stops',
    async (format) => {
      const file = await exported({
        kind: 'walk',
        file: `walk.${format}`,
        format,
        walk,
        seconds: 1,
        framesPerSecond: 10,
        width: 40,
      })
      const meta = await sharp(file, { animated: true }).metadata()
      expect(meta).toMatchObject({ pages: 10, width: 32, pageHeight: 32, loop: 0 })
      expect(meta.delay).toEqual(Array<number>(10).fill(100))
      if (format === 'gif') return
      for (const [page, seed] of [
        [0, 1],
        [9, 2],
      ] as const) {
        const frame = await sharp(file, { page })
          .resize(16, 16, { kernel: 'nearest' })
          .removeAlpha()
          .raw()
          .toBuffer()
        const alone = await drawn(seed)
        expect(Math.max(...frame.map((byte, i) => Math.abs(byte - alone[i]!)))).toBeLessThanOrEqual(
          1,
        )
      }
    },
  )

  test.each(['gif', 'webp'] as const)(
    'a time lapse as %s shows every mosaic at one size',
    async (format) => {
      const file = await exported({
        kind: 'timelapse',
        file: `growth.${format}`,
        format,
        seconds: 2,
        framesPerSecond: 20,
        width: 96,
      })
      const meta = await sharp(file, { animated: true }).metadata()
      expect(meta).toMatchObject({ pages: 4, width: 96, pageHeight: 64 })
      expect(meta.delay).toEqual([500, 500, 500, 1500])
      const levels = await Promise.all(
        [0, 1, 2, 3].map(async (page) => (await sharp(file, { page }).raw().toBuffer())[0]),
      )
      expect(levels).toEqual([0, 60, 120, 180])
    },
  )

  test('a time lapse of one tile, thinned to the frames that fit', async () => {
    const wanted = { kind: 'timelapse', format: 'webp', width: 16, framesPerSecond: 1 } as const
    const file = await exported({ ...wanted, file: 'tile.webp', seconds: 2, tile: 5 })
    expect(await sharp(file, { animated: true }).metadata()).toMatchObject({ pages: 2, width: 16 })
    await expect(exported({ ...wanted, file: 'none.webp', seconds: 2, tile: 6 })).rejects.toThrow(
      /6 pictures, none numbered 6/,
    )
    expect(existsSync(tiny.path('none.webp'))).toBe(false)
  })
})

describe('numbers', () => {
  test('metrics as CSV have every tick', async () => {
    const file = await exported({ kind: 'metrics', file: 'm.csv', format: 'csv' })
    const [header, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\r\n')
    const names = header!.split(',')
    expect(names.slice(0, 3)).toEqual(['time', 'imagesSeen', 'step'])
    expect(rows.map((row) => row.split(',')[1])).toEqual(['0', '16', '32'])
    expect(rows.every((row) => row.split(',').length === names.length)).toBe(true)
  })

  test('qualities stand in the row of the tick that comes with or after them', () => {
    const stored = [16, 32, 48].map((imagesSeen) => ({ at: 0, tick: tick(imagesSeen) }))
    const point = (imagesSeen: number, distance: number) => ({
      imagesSeen,
      distance,
      resolution: 4 as const,
      at: 0,
    })
    const [header, ...rows] = csvOf(stored, [point(32, 0.2), point(17, 0.3), point(48, 0.1)])
      .trimEnd()
      .split('\r\n')
    const place = header!.split(',').indexOf('quality')
    expect(rows.map((row) => row.split(',')[place])).toEqual(['', '0.2', '0.1'])
  })

  test('metrics as JSON have them beside the settings', async () => {
    const file = await exported({ kind: 'metrics', file: 'm.json', format: 'json' })
    const found = JSON.parse(readFileSync(file, 'utf8')) as { run: object; ticks: object[] }
    expect(found.run).toMatchObject({ id: 'tiny-run', config: { seed: 4 } })
    expect(found.ticks).toHaveLength(3)
    expect(found.ticks[2]).toMatchObject({ imagesSeen: 32, discriminatorLoss: -2.5 })
  })
})

test('what is cancelled leaves nothing', async () => {
  const animation = { format: 'webp', seconds: 5, framesPerSecond: 20, width: 64 } as const
  const stops = [1, 2].map((seed) => ({ seed, className: null }))
  const samples = { which: 'seeds', seed: 1, count: 200 } as const
  const wanted: Wanted<ExportWish>[] = [
    { kind: 'sheet', file: 'c.png', samples },
    { kind: 'pictures', file: 'c.zip', samples, container: 'zip' },
    { kind: 'pictures', file: 'c', samples, container: 'folder' },
    { kind: 'walk', file: 'c.webp', ...animation, walk: { stops, path: 'linear', loop: true } },
    { kind: 'timelapse', file: 'c.webp', ...animation },
    { kind: 'html', file: 'c.html', samples },
    { kind: 'onnx', file: 'c.onnx' },
  ]
  const before = readdirSync(tiny.folder).sort()
  for (const each of wanted) {
    const abort = new AbortController()
    const watch = { signal: abort.signal, onProgress: () => abort.abort(new Error('Enough')) }
    await expect(exported(each, watch), each.kind).rejects.toThrow('Enough')
  }
  expect(readdirSync(tiny.folder).sort()).toEqual(before)
})

test('a place that cannot be written is named', async () => {
  await expect(
    exported({ kind: 'metrics', file: 'no/such/folder.csv', format: 'csv' }),
  ).rejects.toThrow(/no\/such\/folder\.csv: .*Choose another folder/)
  await expect(
    exported({ kind: 'sheet', file: 'x.png', samples: few, checkpointId: 99 }),
  ).rejects.toThrow(/no checkpoint 99/)
})

async function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(bytes, { autoClose: false }, (error, opened) =>
      error ? reject(error) : resolve(opened),
    ),
  )
  const entries = await new Promise<Entry[]>((resolve, reject) => {
    const found: Entry[] = []
    zip.on('error', reject)
    zip.on('entry', (entry: Entry) => found.push(entry))
    zip.on('end', () => resolve(found))
  })
  const files = new Map<string, Buffer>()
  for (const entry of entries) {
    const stream = await new Promise<Readable>((resolve, reject) =>
      zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened))),
    )
    files.set(entry.fileName, Buffer.concat(await stream.toArray()))
  }
  zip.close()
  return files
}

test('bytes are the nearest to what the generator draws', () => {
  expect([-1, 0, 1, 2, Number.NaN].map(toByte)).toEqual([0, 128, 255, 255, 0])
})
