import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'

/** Fills a new folder with `count` small pictures, no two of which are equal. */
export async function drawPictures(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const pixels = Buffer.alloc(16 * 16 * 3)
  for (let i = 0; i < count; i++) {
    for (let at = 0; at < pixels.length; at++) pixels[at] = (at * (i + 3) + 31 * (i >> 3)) % 256
    const file = join(folder, `${String(i).padStart(4, '0')}.png`)
    await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } }).toFile(file)
  }
}
