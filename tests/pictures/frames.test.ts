import * as tf from '@tensorflow/tfjs-core'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { encodeWebp, tileBytes, tileSheet } from '../../main/pictures/encode'
import { fadeBytes } from '../../main/pictures/fadeReals'
import { pixelFrame, tileFrame, wholeFrame } from '../../main/pictures/frames'
import { withBackend } from '../../main/runtime/backend'
import '../../main/runtime/eager'
import { fadeReals } from '../../main/trainer/fade'

const R = 8
const CHANNELS = 3
/** Six pictures of noise. */
const pictures = Uint8Array.from({ length: 6 * R * R * CHANNELS }, (_, i) => (i * 7919) % 251)
const size = { resolution: R, channels: CHANNELS } as const
const sheet = tileBytes(pictures, { ...size, columns: 3 })
const webp = await encodeWebp(sheet.pixels, sheet.width, sheet.height, CHANNELS)

/** Picture number `i` as RGBA. */
function rgbaOf(i: number): number[] {
  const one = pictures.subarray(i * R * R * CHANNELS, (i + 1) * R * R * CHANNELS)
  return Array.from({ length: R * R }, (_, p) => [...one.subarray(3 * p, 3 * p + 3), 255]).flat()
}

describe('frames of a mosaic', () => {
  test('are the stored file where it is small enough', async () => {
    const frame = await wholeFrame(webp, 24 * 16)
    expect(frame).toMatchObject({ width: 24, height: 16, type: 'webp' })
    expect(frame.bytes).toEqual(webp)
  })

  test('are halved until they are small enough', async () => {
    const frame = await wholeFrame(webp, 24 * 16 - 1)
    expect(frame).toMatchObject({ width: 12, height: 8, type: 'rgba' })
    expect(frame.bytes).toHaveLength(12 * 8 * 4)
    expect((await wholeFrame(webp, 25)).width).toBe(6)
  })

  test('of one tile have its very pixels', async () => {
    for (const tile of [0, 4, 5]) {
      const frame = await tileFrame(webp, { columns: 3, rows: 2 }, tile, 1 << 20)
      expect(frame).toMatchObject({ width: R, height: R, type: 'rgba' })
      expect([...frame.bytes]).toEqual(rgbaOf(tile))
    }
    await expect(tileFrame(webp, { columns: 3, rows: 2 }, 6, 1)).rejects.toThrow(RangeError)
  })

  test('of grey pictures are grey, and transparency is kept', async () => {
    const grey = { pixels: Uint8Array.of(0, 100, 200, 255), width: 2, height: 2 }
    const { bytes } = await pixelFrame({ ...grey, channels: 1 }, 99)
    expect([...bytes.subarray(4, 8)]).toEqual([100, 100, 100, 255])
    const clear = { pixels: Uint8Array.of(1, 2, 3, 40), width: 1, height: 1, channels: 4 as const }
    expect([...(await pixelFrame(clear, 99)).bytes]).toEqual([1, 2, 3, 40])
  })

  test('a sheet of bytes is laid out as one of numbers is', async () => {
    const numbers = Float32Array.from(pictures, (byte) => byte / 127.5 - 1)
    expect(tileSheet(numbers, { ...size, columns: 3 })).toEqual(sheet)
    expect(await sharp(webp).removeAlpha().raw().toBuffer()).toEqual(Buffer.from(sheet.pixels))
  })
})

test('real pictures are faded as the training step fades them', () => {
  for (const alpha of [0, 0.3, 1]) {
    const wanted = withBackend('cpu', () =>
      tf.tidy(() => {
        const pixels = tf.tensor4d(Float32Array.from(pictures), [6, R, R, CHANNELS])
        const seen = fadeReals(tf.sub(tf.mul(pixels, 2 / 255), 1), tf.scalar(alpha))
        return tf.mul(tf.add(seen, 1), 127.5).dataSync()
      }),
    )
    const faded = fadeBytes(pictures, size, alpha)
    faded.forEach((byte, i) => expect(Math.abs(byte - wanted[i]!)).toBeLessThanOrEqual(0.5 + 1e-3))
    if (alpha === 1) expect(faded).toEqual(pictures)
  }
})
