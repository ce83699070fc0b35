import type { Frame } from '../../shared/domain/mosaicHistory'

/** More pixels than this are not kept of any picture, however large it was drawn. */
export const MOST_PIXELS = 1 << 23

/** Decodes a WebP file outside of the page's thread; one of more than {@link MOST_PIXELS} comes out smaller. */
export function decodeWebp(
  webp: Uint8Array,
  size: { width: number; height: number },
): Promise<ImageBitmap> {
  const blob = new Blob([new Uint8Array(webp)], { type: 'image/webp' })
  const shrink = Math.sqrt(MOST_PIXELS / (size.width * size.height))
  if (shrink >= 1) return createImageBitmap(blob)
  const resizeWidth = Math.max(1, Math.floor(size.width * shrink))
  return createImageBitmap(blob, { resizeWidth, resizeQuality: 'medium' })
}

/** A picture that came from the library, ready to be drawn. */
export function decodeFrame({ width, height, type, bytes }: Frame): Promise<ImageBitmap> {
  if (type === 'webp') return decodeWebp(bytes, { width, height })
  return createImageBitmap(new ImageData(new Uint8ClampedArray(bytes), width, height))
}
