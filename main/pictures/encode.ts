import sharp, { type Sharp } from 'sharp'

/** Pixels of one image: rows of interleaved channels (1, 3 or 4), one byte each. */
export type Pixels = { pixels: Uint8Array; width: number; height: number; channels: 1 | 3 | 4 }

/** A whole PNG file of `width * height * channels` bytes of pixels. */
export function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3 | 4,
): Promise<Uint8Array<ArrayBuffer>> {
  const image = rawImage({ pixels, width, height, channels })
  // Left alone, one channel would be written as three equal ones.
  return bytesOf((channels === 1 ? image.toColourspace('b-w') : image).png())
}

/** Most pixels of a WebP file's side: the format has 14 bits for it. */
export const MOST_WEBP_SIDE = 2 ** 14 - 1

/** A whole lossless WebP file, of {@link MOST_WEBP_SIDE} at most a side. Grey pixels come out as RGB, which WebP has alone. */
export function encodeWebp(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3 | 4,
): Promise<Uint8Array<ArrayBuffer>> {
  return bytesOf(rawImage({ pixels, width, height, channels }).webp({ lossless: true, effort: 2 }))
}

/** Pictures [n, R, R, C] in [-1, 1] as bytes (rounded, clamped) in rows of `columns`; empty places stay 0. */
export function tileSheet(images: Float32Array, layout: SheetLayout): Pixels {
  const bytes = new Uint8Array(images.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = toByte(images[i]!)
  return tileBytes(bytes, layout)
}

/** How pictures lie on a sheet: squares of `resolution` pixels, `columns` in a row. */
export type SheetLayout = { resolution: number; channels: 1 | 3 | 4; columns: number }

/** As {@link tileSheet}, of pictures that are bytes already. */
export function tileBytes(images: Uint8Array, layout: SheetLayout): Pixels {
  const { resolution, channels, columns } = layout
  const count = images.length / (resolution * resolution * channels)
  const wide = Math.min(columns, count)
  const width = wide * resolution
  const height = Math.ceil(count / wide) * resolution
  const pixels = new Uint8Array(width * height * channels)
  const rowBytes = resolution * channels
  for (let line = 0; line < count * resolution; line++) {
    const picture = Math.floor(line / resolution)
    const y = Math.floor(picture / wide) * resolution + (line % resolution)
    const to = y * width * channels + (picture % wide) * rowBytes
    pixels.set(images.subarray(line * rowBytes, (line + 1) * rowBytes), to)
  }
  return { pixels, width, height, channels }
}

/** -1 becomes 0, 1 becomes 255, the nearest byte between; what lies outside is clamped, NaN becomes 0. */
export function toByte(value: number): number {
  const byte = Math.round((value + 1) * 127.5)
  return byte > 0 ? Math.min(byte, 255) : 0
}

/** Pixels as sharp takes them. */
export function rawImage({ pixels, width, height, channels }: Pixels) {
  return sharp(pixels, { raw: { width, height, channels } })
}

/** A plain array of its own, which crosses to other processes without what may lie around a Buffer. */
async function bytesOf(image: Sharp): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await image.toBuffer())
}
