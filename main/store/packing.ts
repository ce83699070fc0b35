import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Resolution } from '../../shared/domain/resolution'

/** From this resolution on, pictures are compressed: below, all of them fit in memory as they are. */
export const PACKED_FROM: Resolution = 128

/**
 * One picture's pixels (uint8, interleaved channels) as they are stored. Large ones are written as differences
 * to the pixel at their left, then deflated at the fastest level: most of what PNG gains, from what Node has
 * built in, and read back synchronously in the middle of a step, which no image library offers. A 1024 px RGB
 * picture takes about 25 ms to unpack on one busy core, little beside a step at that size.
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
