import { RESOLUTIONS, type Resolution } from '../../shared/domain/resolution'

/**
 * A square picture (uint8, rows of pixels of interleaved channels) at its own resolution and every smaller
 * power of two down to 4. A level's pixel is the mean of the full-size pixels it stands for, as the networks'
 * own box average would have it, rounded once to the nearest byte, halves up. Channels are averaged apart,
 * transparency included.
 */
export function levelsOf(
  pixels: Uint8Array,
  resolution: Resolution,
  channels: number,
): Map<Resolution, Uint8Array> {
  const levels = new Map<Resolution, Uint8Array>([[resolution, pixels]])
  // Sums, not means, go down the chain: integers stay exact, at most 255 * 256 * 256.
  let sums: Uint8Array | Uint32Array = pixels
  let shift = 0
  for (const size of RESOLUTIONS.filter((r) => r < resolution).reverse()) {
    sums = boxSums(sums, size, channels)
    shift += 2
    levels.set(size, rounded(sums, shift))
  }
  return levels
}

/** Sums of 2x2 boxes: from [2 size, 2 size, channels] to [size, size, channels]. */
function boxSums(from: Uint8Array | Uint32Array, size: number, channels: number): Uint32Array {
  const sums = new Uint32Array(size * size * channels)
  const row = 2 * size * channels
  let to = 0
  for (let y = 0; y < size; y++) {
    let at = 2 * y * row
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < channels; c++, at++) {
        sums[to++] = from[at]! + from[at + channels]! + from[at + row]! + from[at + row + channels]!
      }
      at += channels
    }
  }
  return sums
}

/** Sums of `2 ** shift` bytes each, as their means. */
function rounded(sums: Uint32Array, shift: number): Uint8Array {
  const means = new Uint8Array(sums.length)
  const half = 1 << (shift - 1)
  for (let i = 0; i < means.length; i++) means[i] = (sums[i]! + half) >>> shift
  return means
}
