import sharp from 'sharp'
import { readPictureFile } from './pictureFile'

/** Most files tell their size within this; those that do not are read whole. */
const HEAD_BYTES = 256 << 10

/** Width and height in pixels, upright, as a file's head tells them. Decodes nothing. Throws as decoding would. */
export async function readSize(file: string): Promise<{ width: number; height: number }> {
  const head = await readPictureFile(file, HEAD_BYTES)
  try {
    return await sizeOf(head)
  } catch {
    return sizeOf(await readPictureFile(file))
  }
}

async function sizeOf(bytes: Buffer): Promise<{ width: number; height: number }> {
  const { width, height, pageHeight, orientation } = await sharp(bytes, {
    limitInputPixels: false,
    failOn: 'none',
  }).metadata()
  // EXIF orientations from 5 on lie on their side.
  const upright = { width, height: pageHeight ?? height }
  return (orientation ?? 1) < 5 ? upright : { width: upright.height, height: upright.width }
}
