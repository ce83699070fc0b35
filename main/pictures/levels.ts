import { RESOLUTIONS, type Resolution } from '../../shared/domain/resolution'

/**
 * A square picture at its own resolution and every smaller power of two down to 4. Each level averages 2x2
 * boxes of the unrounded level above, as the networks' own downscaling does; each is then rounded to bytes,
 * halves up.
 */
export function levelsOf(
  pixels: Uint8Array,
  resolution: Resolution,
  channels: number,
): Map<Resolution, Uint8Array> {
  const levels = new Map<Resolution, Uint8Array>([[resolution, pixels]])
  let level = Float32Array.from(pixels)
  for (const size of RESOLUTIONS.filter((r) => r < resolution).reverse()) {
    level = boxHalf(level, size, channels)
    levels.set(size, Uint8Array.from(level, (value) => Math.floor(value + 0.5)))
  }
  return levels
}

/** Means of 2x2 boxes: from [2 size, 2 size, channels] to [size, size, channels]. */
function boxHalf(from: Float32Array, size: number, channels: number): Float32Array<ArrayBuffer> {
  const half = new Float32Array(size * size * channels)
  const row = 2 * size * channels
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < channels; c++) {
        const at = 2 * y * row + 2 * x * channels + c
        const sum = from[at]! + from[at + channels]! + from[at + row]! + from[at + row + channels]!
        half[(y * size + x) * channels + c] = sum / 4
      }
    }
  }
  return half
}
