import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PrepareOptions } from '../../shared/domain/dataset'
import { decodePicture } from '../../main/pictures/decode'
import { tileSheet } from '../../main/pictures/encode'
import { levelsOf } from '../../main/pictures/levels'
import { prepareDataset } from '../../main/pictures/prepare'
import { scanSource } from '../../main/pictures/scan'
import { DatasetFile } from '../../main/store/datasetFile'
import { openHome } from '../../main/store/home'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sprout-pictures-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** A folder in the temporary root. */
function folder(name: string): string {
  const path = join(root, name)
  mkdirSync(path, { recursive: true })
  return path
}

/** Left half red, right half blue, `width` x `height`. */
function halves(width: number, height: number) {
  const pixels = Buffer.alloc(width * height * 3)
  for (let i = 0; i < width * height; i++) pixels[3 * i + (i % width < width / 2 ? 0 : 2)] = 255
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

function optionsFor(path: string, more: Partial<PrepareOptions> = {}): PrepareOptions {
  return {
    source: { kind: 'folder', path },
    crop: 'centre',
    channels: 3,
    finalResolution: 8,
    ...more,
  }
}

const at = (pixels: Uint8Array, x: number, y: number) => {
  const size = Math.sqrt(pixels.length / 3)
  return [...pixels.subarray(3 * (y * size + x), 3 * (y * size + x) + 3)]
}
const isRed = ([r, , b]: number[]) => r! > 200 && b! < 55
const isBlue = ([r, , b]: number[]) => b! > 200 && r! < 55

describe('decoding', () => {
  const to8 = { crop: 'centre', channels: 3, resolution: 8 } as const

  test('turns a picture upright by its EXIF orientation', async () => {
    const file = join(root, 'turned.jpg')
    // Orientation 6: the stored picture is to be turned a quarter clockwise, so its left edge becomes the top.
    await halves(32, 32).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toFile(file)
    const pixels = await decodePicture(file, to8)
    expect(isRed(at(pixels, 1, 0))).toBe(true)
    expect(isRed(at(pixels, 6, 0))).toBe(true)
    expect(isBlue(at(pixels, 1, 7))).toBe(true)
  })

  test('crops the centre or pads with white', async () => {
    const file = join(root, 'wide.png')
    await halves(64, 16).png().toFile(file)
    const cropped = await decodePicture(file, to8)
    expect(isRed(at(cropped, 0, 0)) && isBlue(at(cropped, 7, 7))).toBe(true)
    const padded = await decodePicture(file, { ...to8, crop: 'pad' })
    expect(at(padded, 0, 0)).toEqual([255, 255, 255])
    expect(isRed(at(padded, 0, 4)) && isBlue(at(padded, 7, 4))).toBe(true)
  })

  test('shows transparency on white with three channels and keeps it with four', async () => {
    const file = join(root, 'clear.png')
    const clear = { width: 16, height: 16, channels: 4 as const, background: '#ff000000' }
    await sharp({ create: clear }).png().toFile(file)
    expect(at(await decodePicture(file, to8), 3, 3)).toEqual([255, 255, 255])
    const four = await decodePicture(file, { ...to8, channels: 4 })
    expect(four[3]).toBe(0)
  })

  test.each(['16-bit', 'grey', 'CMYK', 'palette', 'animated'])(
    'reads %s pictures',
    async (kind) => {
      const file = join(root, 'picture')
      const image = halves(32, 32)
      if (kind === '16-bit') await image.toColourspace('rgb16').png().toFile(file)
      if (kind === 'grey') await image.greyscale().png().toFile(file)
      if (kind === 'CMYK') await image.toColourspace('cmyk').jpeg().toFile(file)
      if (kind === 'palette') await image.png({ palette: true }).toFile(file)
      if (kind === 'animated') await image.gif().toFile(file)
      for (const channels of [1, 3, 4] as const) {
        const pixels = await decodePicture(file, { ...to8, channels })
        expect(pixels).toHaveLength(64 * channels)
        expect(new Set(pixels).size).toBeGreaterThan(1)
      }
    },
  )
})

describe('preparing', () => {
  test('skips what cannot be read, by name and with a reason, and prepares the rest in order', async () => {
    const path = folder('mixed')
    folder('mixed/deep/er')
    await halves(20, 20).png().toFile(join(path, 'b.png'))
    await halves(20, 20).jpeg().toFile(join(path, 'deep/er/a\nline🌱.jpg'))
    await halves(20, 20).webp().toFile(join(path, 'really-webp.png'))
    const whole = await halves(200, 200).jpeg().toBuffer()
    writeFileSync(join(path, 'cut.jpg'), whole.subarray(0, whole.length / 2))
    writeFileSync(join(path, 'words.gif'), 'words')
    writeFileSync(join(path, 'notes.txt'), 'no picture at all')
    writeFileSync(join(path, '.hidden.png'), 'hidden')
    symlinkSync(path, join(path, 'round'))
    symlinkSync(join(path, 'gone'), join(path, 'broken.png'))
    const home = openHome(folder('home'))
    const summary = await prepareDataset(home, optionsFor(path))
    expect(summary).toMatchObject({ pictures: 3, state: 'ready' })
    const dataset = DatasetFile.open(home.datasetFile(summary.id))
    expect(dataset.skippedFiles()).toEqual([
      { path: 'broken.png', reason: 'the link leads nowhere' },
      { path: 'cut.jpg', reason: 'the file is cut short' },
      { path: 'words.gif', reason: 'not a picture format that Sprout can read' },
    ])
    for (const resolution of [4, 8] as const) expect(dataset.openLevel(resolution).count).toBe(3)
    dataset.close()
  })

  test('goes on where it was cancelled, ends the same, and takes up new files', async () => {
    const path = folder('many')
    for (let i = 0; i < 30; i++)
      await halves(10 + i, 12)
        .png()
        .toFile(join(path, `${i}.png`))
    const home = openHome(folder('home'))
    const abort = new AbortController()
    const cancelled = prepareDataset(home, optionsFor(path), {
      signal: abort.signal,
      onProgress: ({ done }) => done >= 8 && abort.abort(new Error('enough')),
    })
    await expect(cancelled).rejects.toThrow('enough')
    const starts: number[] = []
    const onProgress = ({ done, total }: { done: number; total: number | null }) => {
      if (total !== null) starts.push(done)
    }
    const resumed = await prepareDataset(home, optionsFor(path), { onProgress })
    expect(starts[0]).toBeGreaterThan(8)
    expect(resumed.pictures).toBe(30)
    const fresh = openHome(folder('fresh'))
    await prepareDataset(fresh, optionsFor(path))
    expect(allPixels(home, resumed.id)).toEqual(allPixels(fresh, resumed.id))
    await halves(9, 9).png().toFile(join(path, 'new.png'))
    expect((await prepareDataset(home, optionsFor(path))).pictures).toBe(31)
  })

  test('says in one line what is wrong with a folder', async () => {
    const home = openHome(folder('home'))
    const prepare = (path: string) => prepareDataset(home, optionsFor(path))
    await expect(prepare(folder('empty'))).rejects.toThrow(/empty/)
    await expect(prepare(join(root, 'nowhere'))).rejects.toThrow(/no folder .*nowhere/)
    writeFileSync(join(folder('bad'), 'a.png'), 'bad')
    await expect(prepare(join(root, 'bad'))).rejects.toThrow(/no readable picture in .*bad.*a\.png/)
  })
})

function allPixels(home: ReturnType<typeof openHome>, id: string): Uint8Array {
  const dataset = DatasetFile.open(home.datasetFile(id))
  const level = dataset.openLevel(8)
  const pixels = new Uint8Array(level.count * 8 * 8 * 3)
  level.read(
    Uint32Array.from({ length: level.count }, (_, i) => i),
    pixels,
  )
  dataset.close()
  return pixels
}

test('the sample digits are 60,000, padded to 32, and look like digits', async () => {
  const thumbnails: Uint8Array[] = []
  const scan = await scanSource(
    { kind: 'sample', name: 'mnist' },
    { onFound: (found) => thumbnails.push(...found.thumbnails) },
  )
  expect(scan).toMatchObject({ files: 60_000, channels: 1 })
  const { data } = await sharp(thumbnails[0]).raw().toBuffer({ resolveWithObject: true })
  expect(data[0]).toBe(0)
  expect(Math.max(...data)).toBeGreaterThan(200)
})

test('the sample emoji are 3,391 colour pictures', async () => {
  const scan = await scanSource({ kind: 'sample', name: 'emoji' })
  expect(scan).toMatchObject({ files: 3391, byFormat: { WebP: 3391 }, channels: 3, skipped: [] })
})

test('each level is the mean of 2x2 boxes of the one above, to half a byte and no drift', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 3, 4),
      fc.uint8Array({ minLength: 16 * 16 * 4, maxLength: 16 * 16 * 4 }),
      (channels, bytes) => {
        const pixels = bytes.subarray(0, 16 * 16 * channels)
        const levels = levelsOf(pixels, 16, channels)
        expect([...levels.keys()].sort((a, b) => a - b)).toEqual([4, 8, 16])
        const smallest = levels.get(4)!
        for (let c = 0; c < channels; c++) {
          let sum = 0
          for (let y = 0; y < 4; y++) {
            for (let x = 0; x < 4; x++) sum += pixels[(y * 16 + x) * channels + c]!
          }
          expect(Math.abs(smallest[c]! - sum / 16)).toBeLessThanOrEqual(0.5)
        }
      },
    ),
  )
})

test('a sheet puts pictures row by row, rounded and clamped', () => {
  const images = new Float32Array(3 * 4 * 4)
  images.fill(-1, 0, 16).fill(0, 16, 32).fill(7, 32, 48)
  const sheet = tileSheet(images, { resolution: 4, channels: 1, columns: 2 })
  expect([sheet.width, sheet.height]).toEqual([8, 8])
  expect([sheet.pixels[0], sheet.pixels[4], sheet.pixels[4 * 8], sheet.pixels[4 * 8 + 4]]).toEqual([
    0, 128, 255, 0,
  ])
})
