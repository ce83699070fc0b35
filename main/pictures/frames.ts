import sharp, { type Sharp } from 'sharp'
import { explained } from '../../shared/domain/explanation'
import type { Frame } from '../../shared/domain/mosaicHistory'
import type { Pixels } from './encode'

/** Opens a stored mosaic. Throws when it is no WebP file: a run file from elsewhere may hold anything in its place. */
export function openMosaic(webp: Uint8Array): Sharp {
  const start = Buffer.from(webp.buffer, webp.byteOffset, Math.min(webp.length, 12))
  const head = start.toString('latin1')
  if (!head.startsWith('RIFF') || !head.startsWith('WEBP', 8)) {
    throw explained('mosaic_damaged', {})
  }
  return sharp(webp, { pages: 1 })
}

/** Where a tile lies in a mosaic's grid. */
export type Grid = { columns: number; rows: number }

/** A stored mosaic for a canvas: its WebP as it is, or fewer pixels where it has more than `maxPixels`. */
export async function wholeFrame(webp: Uint8Array, maxPixels: number): Promise<Frame> {
  const { width, height } = await openMosaic(webp).metadata()
  if (width * height <= maxPixels) {
    return { width, height, type: 'webp', bytes: Uint8Array.from(webp) }
  }
  return rgbaFrame(openMosaic(webp), { width, height }, maxPixels)
}

/** One tile, counted row by row, of a stored mosaic. Throws a RangeError for a tile past the last. */
export async function tileFrame(
  webp: Uint8Array,
  { columns, rows }: Grid,
  tile: number,
  maxPixels: number,
): Promise<Frame> {
  if (tile >= columns * rows) {
    throw new RangeError(`There is no picture ${tile} in a mosaic of ${columns * rows}.`)
  }
  const image = openMosaic(webp)
  const metadata = await image.metadata()
  const [width, height] = [metadata.width / columns, metadata.height / rows]
  const [left, top] = [(tile % columns) * width, Math.floor(tile / columns) * height]
  return rgbaFrame(image.extract({ left, top, width, height }), { width, height }, maxPixels)
}

/** Pixels as a canvas takes them, fewer where they are more than `maxPixels`. */
export async function pixelFrame(
  { pixels, width, height, channels }: Pixels,
  maxPixels: number,
): Promise<Frame> {
  const image = sharp(pixels, { raw: { width, height, channels } })
  return rgbaFrame(image, { width, height }, maxPixels)
}

/** RGBA pixels of `image`, which is `size` large; halved until they are at most `maxPixels`. */
async function rgbaFrame(
  image: Sharp,
  size: { width: number; height: number },
  maxPixels: number,
): Promise<Frame> {
  let { width, height } = size
  while (width * height > maxPixels && width > 1 && height > 1) {
    width = Math.ceil(width / 2)
    height = Math.ceil(height / 2)
  }
  const fitted =
    width === size.width ? image : image.resize(width, height, { fit: 'fill', kernel: 'linear' })
  const bytes = await fitted.toColourspace('srgb').ensureAlpha().raw().toBuffer()
  return { width, height, type: 'rgba', bytes: Uint8Array.from(bytes) }
}
