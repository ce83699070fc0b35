/** Side in pixels of a neighbourhood. */
export const NEIGHBOURHOOD = 7

/** Numbers of one descriptor: a neighbourhood's pixels, channels interleaved. */
export function descriptorSize(channels: number): number {
  return NEIGHBOURHOOD * NEIGHBOURHOOD * channels
}

/**
 * Writes one picture's neighbourhoods of a level [side, side, channels] one after the other into `into`. `corners` has
 * the upper left pixel of each, as x and y from 0 to `side - 7`.
 */
export function cutNeighbourhoods(
  level: Float32Array,
  { side, channels }: { side: number; channels: number },
  corners: Uint16Array,
  into: Float64Array,
): void {
  const rowSize = NEIGHBOURHOOD * channels
  let to = 0
  for (let c = 0; c < corners.length; c += 2) {
    const [x, y] = [corners[c]!, corners[c + 1]!]
    for (let row = 0; row < NEIGHBOURHOOD; row++) {
      const from = ((y + row) * side + x) * channels
      for (let i = 0; i < rowSize; i++) into[to++] = level[from + i]!
    }
  }
}

/** Gives each channel mean 0 and standard deviation 1 over all descriptors, in place; one that is the same everywhere becomes 0. */
export function normaliseChannels(descriptors: Float64Array, channels: number): void {
  const count = descriptors.length / channels
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0
    for (let i = channel; i < descriptors.length; i += channels) sum += descriptors[i]!
    const mean = sum / count
    let squares = 0
    for (let i = channel; i < descriptors.length; i += channels) {
      squares += (descriptors[i]! - mean) ** 2
    }
    const deviation = Math.sqrt(squares / count)
    // What is left of a flat channel by rounding is no structure.
    const scale = deviation > 1e-6 ? 1 / deviation : 0
    for (let i = channel; i < descriptors.length; i += channels) {
      descriptors[i] = (descriptors[i]! - mean) * scale
    }
  }
}
