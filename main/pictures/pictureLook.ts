import { isLarge, openPicture } from './decode'
import { encodePng } from './encode'
import type { OneAtATime } from './oneAtATime'
import { readPictureFile } from './pictureFile'

const THUMBNAIL_PX = 96

/** What one picture shows of a source: a PNG, and what its channels have. */
export type Look = { grey: boolean; transparent: boolean; thumbnail: Uint8Array<ArrayBuffer> }

/** Decodes a picture at thumbnail size, which shows its colours and transparency as well. */
export async function look(file: string, large: OneAtATime): Promise<Look> {
  const bytes = await readPictureFile(file)
  const decode = () =>
    openPicture(bytes)
      .resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: 'cover' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer()
  const data = await ((await isLarge(bytes)) ? large.take(decode) : decode())
  let grey = true
  let transparent = false
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) grey = false
    if (data[i + 3]! < 255) transparent = true
  }
  return { grey, transparent, thumbnail: await encodePng(data, THUMBNAIL_PX, THUMBNAIL_PX, 4) }
}

/** The channels that no picture looked at needs more of. */
export function guessChannels(looks: readonly Look[]): 1 | 3 | 4 {
  if (looks.some((one) => one.transparent)) return 4
  return looks.every((one) => one.grey) ? 1 : 3
}
