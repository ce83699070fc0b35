import { openMosaic } from './frames'

/** Most pixels a side of a thumbnail: a card's width on a sharp screen. */
const MOST_PIXELS = 480

/** A mosaic (a WebP file) small enough for a list; one that is small already comes back as it is. */
export async function makeThumbnail(webp: Uint8Array): Promise<Uint8Array> {
  const image = openMosaic(webp)
  const { width = 0, height = 0 } = await image.metadata()
  if (Math.max(width, height) <= MOST_PIXELS) return webp
  const small = image.resize(MOST_PIXELS, MOST_PIXELS, { fit: 'inside' })
  return Uint8Array.from(await small.webp({ quality: 82, effort: 2 }).toBuffer())
}
