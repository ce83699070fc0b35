import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { measurePictures } from './pictures'

const folder = mkdtempSync(join(tmpdir(), 'sprout-measures-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SIZE = 16
const SIDE = 4 * SIZE

async function sheetOf(name: string, level: (x: number, y: number, c: number) => number) {
  const pixels = Buffer.alloc(SIDE * SIDE * 3)
  for (let i = 0; i < pixels.length; i++) {
    const pixel = Math.floor(i / 3)
    pixels[i] = level(pixel % SIDE, Math.floor(pixel / SIDE), i % 3)
  }
  const file = join(folder, `${name}.png`)
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toFile(file)
  return measurePictures(file, SIZE)
}

test('noise has no correlation between neighbours', async () => {
  let state = 1
  const found = await sheetOf('noise', () => {
    state = (state * 48271) % 0x7fffffff
    return state % 256
  })
  expect(found.neighbourCorrelation).toBeLessThan(0.2)
  expect(found.pictures).toBe(16)
})

test('one flat colour counts as no picture at all', async () => {
  expect((await sheetOf('flat', () => 90)).pictures).toBe(0)
})

test('smooth shapes of several colours pass for pictures', async () => {
  const found = await sheetOf('discs', (x, y, c) => {
    const cell = Math.floor(x / SIZE) + 4 * Math.floor(y / SIZE)
    const far = Math.hypot((x % SIZE) - 8, (y % SIZE) - 8)
    return Math.max(0, 255 - far * (6 + 3 * ((cell + c) % 5)))
  })
  expect(found.neighbourCorrelation).toBeGreaterThan(0.8)
  expect(found.contrast).toBeGreaterThan(15)
  expect(found.colours).toBeGreaterThan(20)
  expect(found.differenceBetweenPictures).toBeGreaterThan(8)
})
