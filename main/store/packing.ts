import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Resolution } from '../../shared/domain/resolution'

/** From this resolution on, pictures are compressed: below, all of them fit in memory as they are. */
export const PACKED_FROM: Resolution = 128

/**
 * One picture's pixels (uint8, interleaved channels) as they are stored. Large ones are written as differences
 * to the pixel at their left, then deflated at its fastest level: for photographs and drawings alike most of
 * PNG's gain, in one pass that Node has built in and that, unlike an image library, decodes synchronously in
 * the middle of a step. A full-size 1024 px picture takes about as long to unpack as to read uncompressed.
 */
export function pack(pixels: Uint8Array, resolution: Resolution, channels: number): Uint8Array {
  if (resolution < PACKED_FROM) return pixels
  const differences = new Uint8Array(pixels.length)
  differences.set(pixels.subarray(0, channels))
  for (let i = channels; i < pixels.length; i++) differences[i] = pixels[i]! - pixels[i - channels]!
  return deflateRawSync(differences, { level: 1 })
}

/** Reverses {@link pack} into `into`. Throws a RangeError when the data is not one picture's. */
export function unpack(
  data: Uint8Array,
  resolution: Resolution,
  channels: number,
  into: Uint8Array,
): void {
  const pixels = resolution < PACKED_FROM ? data : inflateRawSync(data)
  if (pixels.length !== into.length) {
    throw new RangeError(`it has ${pixels.length} bytes where ${into.length} are due`)
  }
  into.set(pixels)
  if (resolution < PACKED_FROM) return
  for (let i = channels; i < into.length; i++) into[i] = into[i]! + into[i - channels]!
}
