import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { inEnglish } from '../../shared/domain/explanation'
import { decodePicture, reasonFor } from '../../main/pictures/decode'
import { encodePng, encodeWebp } from '../../main/pictures/encode'
import { findPictures } from '../../main/pictures/files'
import { inOrder } from '../../main/pictures/inOrder'
import { scanSource } from '../../main/pictures/scan'

const root = mkdtempSync(join(tmpdir(), 'sprout-odd-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const file = (name: string) => join(root, name)
const to8 = { crop: 'centre', channels: 3, resolution: 8 } as const

/** One colour all over. */
function flat(background: { r: number; g: number; b: number }, width = 16, height = 16) {
  return sharp({ create: { width, height, channels: 3, background } })
}

function expectColour(pixels: Uint8Array, colour: readonly number[], tolerance: number): void {
  pixels.forEach((value, i) => {
    expect(Math.abs(value - colour[i % colour.length]!)).toBeLessThanOrEqual(tolerance)
  })
}

async function reasonOf(name: string): Promise<string> {
  return decodePicture(file(name), to8).then(
    () => 'read',
    (error: unknown) => inEnglish(reasonFor(error)),
  )
}

describe('colours survive', () => {
  const colour = { r: 200, g: 120, b: 40 }

  test('in 16-bit PNG', async () => {
    await flat(colour).toColourspace('rgb16').png().toFile(file('deep.png'))
    expect((await sharp(file('deep.png')).metadata()).depth).toBe('ushort')
    expectColour(await decodePicture(file('deep.png'), to8), [200, 120, 40], 1)
  })

  test('in CMYK JPEG, as far as inks reach', async () => {
    await flat(colour).toColourspace('cmyk').jpeg({ quality: 100 }).toFile(file('inks.jpg'))
    expect((await sharp(file('inks.jpg')).metadata()).space).toBe('cmyk')
    expectColour(await decodePicture(file('inks.jpg'), to8), [200, 120, 40], 40)
  })

  test('in grey with transparency, by channels', async () => {
    const pixels = Buffer.alloc(16 * 16 * 2)
    for (let i = 0; i < pixels.length; i += 2) pixels[i] = 80
    const raw = { width: 16, height: 16, channels: 2 as const }
    await sharp(pixels, { raw }).toColourspace('b-w').png().toFile(file('clear.png'))
    expectColour(await decodePicture(file('clear.png'), { ...to8, channels: 1 }), [255], 0)
    expectColour(await decodePicture(file('clear.png'), to8), [255, 255, 255], 0)
    const four = await decodePicture(file('clear.png'), { ...to8, channels: 4 })
    expect(four[3]).toBe(0)
  })

  test('in AVIF and TIFF', async () => {
    await flat(colour).avif({ quality: 90 }).toFile(file('a.avif'))
    await flat(colour).tiff().toFile(file('a.tif'))
    expectColour(await decodePicture(file('a.avif'), to8), [200, 120, 40], 4)
    expectColour(await decodePicture(file('a.tif'), to8), [200, 120, 40], 1)
  })

  test.each([
    [1, 400],
    [400, 1],
    [1, 1],
  ])('in a picture of %i x %i', async (width, height) => {
    await flat(colour, width, height).png().toFile(file('thin.png'))
    for (const resolution of [8, 1024]) {
      const pixels = await decodePicture(file('thin.png'), { ...to8, resolution })
      expect(pixels).toHaveLength(resolution ** 2 * 3)
      expectColour(pixels.subarray(0, 192), [200, 120, 40], 1)
    }
  })
})

test('a picture with a side beyond all measure is left out', async () => {
  await flat({ r: 9, g: 9, b: 9 }, 65_536, 2).png().toFile(file('wide.png'))
  await flat({ r: 9, g: 9, b: 9 }, 65_000, 2).png().toFile(file('less.png'))
  expect(await reasonOf('wide.png')).toBe('the picture is too large')
  expect(await reasonOf('less.png')).toBe('read')
})

test('very large pictures are decoded one at a time', async () => {
  await flat({ r: 9, g: 9, b: 9 }, 8400, 8400).png().toFile(file('large.png'))
  await flat({ r: 9, g: 9, b: 9 }).png().toFile(file('small.png'))
  const asked: string[] = []
  for (const name of ['large.png', 'small.png']) {
    await decodePicture(file(name), to8, (work) => {
      asked.push(name)
      return work()
    })
  }
  expect(asked).toEqual(['large.png'])
})

describe('what cannot be read says why', () => {
  test.each(['jpg', 'png', 'webp', 'gif', 'tif', 'avif'])(
    'for a %s file cut short',
    async (format) => {
      const noise = Buffer.from(
        Array.from({ length: 120 * 120 * 3 }, (_, i) => (i * i * 7919) % 256),
      )
      const image = sharp(noise, { raw: { width: 120, height: 120, channels: 3 } })
      const whole = await image.toFormat(format as 'png').toBuffer()
      writeFileSync(file(`cut.${format}`), whole.subarray(0, Math.floor(whole.length * 0.6)))
      expect(await reasonOf(`cut.${format}`)).toMatch(/cut short|damaged|not a picture/)
    },
  )

  test('for empty, foreign and missing files', async () => {
    writeFileSync(file('empty.png'), '')
    writeFileSync(file('words.png'), 'words')
    expect(await reasonOf('empty.png')).toBe('the file is empty')
    expect(await reasonOf('words.png')).toBe('not a picture format that Sprout can read')
    expect(await reasonOf('missing.png')).toBe('the file is gone')
  })

  test('for a header that promises too much', async () => {
    const png = await flat({ r: 1, g: 2, b: 3 }).png().toBuffer()
    // Width and height of the IHDR chunk, and its checksum left wrong or not: both must be refused.
    png.writeUInt32BE(60000, 16)
    png.writeUInt32BE(60000, 20)
    writeFileSync(file('huge.png'), png)
    expect(await reasonOf('huge.png')).not.toBe('read')
  })
})

test('a folder is searched in one order, around loops, and tells of what it could not read', async () => {
  const folder = file('tree')
  mkdirSync(join(folder, 'b/locked'), { recursive: true })
  mkdirSync(join(folder, 'B'))
  for (const name of ['z.png', 'b/é.JPG', 'B/1.webp', 'a.bmp', 'phone.HEIC', 'x.txt', '.y.png']) {
    writeFileSync(join(folder, name), '')
  }
  symlinkSync(folder, join(folder, 'b/loop'))
  symlinkSync(join(folder, 'b'), join(folder, 'c'))
  chmodSync(join(folder, 'b/locked'), 0)
  const { files, skipped } = await findPictures(folder)
  // Links and folders alike are followed, each folder once.
  expect(files.map(({ path }) => path.replace(/^c\//, 'b/'))).toEqual([
    'B/1.webp',
    'b/é.JPG',
    'z.png',
  ])
  expect(files.map(({ format }) => format).sort()).toEqual(['JPEG', 'PNG', 'WebP'])
  const reasons = skipped.map(({ path, reason }) => `${path}: ${reason}`)
  expect(reasons).toContain('a.bmp: Sprout cannot read BMP; save it as PNG or JPEG')
  expect(reasons).toContain('phone.HEIC: Sprout cannot read HEIC; save it as PNG or JPEG')
  // The administrator may read what is locked.
  if (process.getuid?.() !== 0) expect(reasons.join()).toContain('the folder cannot be read')
  chmodSync(join(folder, 'b/locked'), 0o700)
})

test.runIf(process.platform === 'linux')(
  'pipes, sockets, devices and names that are no text are named, and nothing waits for them',
  async () => {
    const folder = file('odd')
    mkdirSync(folder)
    await flat({ r: 1, g: 2, b: 3 }).png().toFile(join(folder, 'good.png'))
    execFileSync('mkfifo', [join(folder, 'pipe.png')])
    symlinkSync('/dev/zero', join(folder, 'zero.jpg'))
    symlinkSync(join(folder, 'pipe.png'), join(folder, 'linked.png'))
    const server = createServer().listen(join(folder, 'socket.png'))
    await new Promise((listening) => server.once('listening', listening))
    const bytes = readFileSync(join(folder, 'good.png'))
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.png')]),
      bytes,
    )
    mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9])]))
    const names = [
      'new\nline.png',
      '\u202egnp.png',
      '🌳.png',
      `${'x'.repeat(251)}.png`,
      '\ufffd.png',
    ]
    for (const name of names) writeFileSync(join(folder, name), bytes)
    const { files, skipped } = await findPictures(folder)
    expect(files.map(({ path }) => path).sort()).toEqual([...names, 'good.png'].sort())
    const reasons = new Map(skipped.map(({ path, reason }) => [path, reason]))
    for (const path of ['pipe.png', 'zero.jpg', 'linked.png', 'socket.png']) {
      expect(reasons.get(path)).toBe('the file is no regular file')
      expect(await reasonOf(`odd/${path}`)).toBe('the file is no regular file')
    }
    const unnamed = skipped.filter(({ reason }) => reason.includes('not text in UTF-8'))
    expect(unnamed).toHaveLength(2)
    expect((await scanSource({ kind: 'folder', path: folder })).skippedFiles).toBe(6)
    server.close()
  },
)

test('what only looks like a picture to libvips is not given to it', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
  for (const text of [
    svg,
    `<?xml version="1.0"?>${svg}`,
    '%PDF-1.4',
    'P6 9 9 255 ',
    '#?RADIANCE',
  ]) {
    writeFileSync(file('drawing.png'), text)
    expect(await reasonOf('drawing.png')).toBe('not a picture format that Sprout can read')
  }
})

test('a scan guesses the channels from the pixels', async () => {
  const folder = file('greys')
  mkdirSync(folder)
  await flat({ r: 90, g: 90, b: 90 }).jpeg().toFile(join(folder, 'a.jpg'))
  const scan = () => scanSource({ kind: 'folder', path: folder })
  expect(await scan()).toMatchObject({ channels: 1, files: 1, byFormat: { JPEG: 1 } })
  await flat({ r: 90, g: 20, b: 90 }).png().toFile(join(folder, 'b.png'))
  expect(await scan()).toMatchObject({ channels: 3, files: 2, byFormat: { JPEG: 1, PNG: 1 } })
  await flat({ r: 90, g: 20, b: 90 }).ensureAlpha(0.5).png().toFile(join(folder, 'c.png'))
  expect((await scan()).channels).toBe(4)
})

test('PNG and WebP give back the very pixels', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1 as const, 3 as const, 4 as const),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
      async (channels, width, height, bytes) => {
        const pixels = Uint8Array.from(
          { length: width * height * channels },
          () => bytes.next().value,
        )
        const png = sharp(await encodePng(pixels, width, height, channels))
        if (channels === 1) png.toColourspace('b-w')
        expect(Uint8Array.from(await png.raw().toBuffer())).toEqual(pixels)
        // WebP may change the colour of what is wholly transparent.
        const opaque =
          channels === 4 ? pixels.map((byte, i) => (i % 4 === 3 ? byte | 1 : byte)) : pixels
        const webp = sharp(await encodeWebp(opaque, width, height, channels))
        if (channels === 1) webp.toColourspace('b-w')
        if (channels === 4) webp.ensureAlpha()
        expect(Uint8Array.from(await webp.raw().toBuffer())).toEqual(opaque)
      },
    ),
    { numRuns: 40 },
  )
})

test('work done a few at a time comes out in order, failures included', async () => {
  let running = 0
  let most = 0
  const outcomes = inOrder([5, 1, 4, 2, 3], 2, async (ms) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, ms))
    running--
    if (ms === 4) throw new Error('four')
    return ms * 10
  })
  const seen: unknown[] = []
  for await (const one of outcomes) seen.push(one.ok ? one.result : one.error)
  expect(seen).toEqual([50, 10, new Error('four'), 20, 30])
  expect(most).toBe(2)
})
