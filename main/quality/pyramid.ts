/** Side in pixels of a pyramid's coarsest level. */
export const COARSEST_SIDE = 16

/**
 * Sides of the levels at which pictures of a resolution are compared, finest first: the resolution itself and its
 * halves down to {@link COARSEST_SIDE} (section 5 of the paper). Smaller pictures are compared at that one level, enlarged.
 */
export function levelSides(resolution: number): number[] {
  const sides = [Math.max(resolution, COARSEST_SIDE)]
  while (sides.at(-1)! > COARSEST_SIDE) sides.push(sides.at(-1)! / 2)
  return sides
}

/**
 * The Laplacian pyramid (Burt and Adelson 1983) of a picture [side, side, channels], finest level first: each level is
 * what its halved picture, enlarged again, lacks of it; the last is the halved picture itself. `side` is a power of two;
 * a picture below {@link COARSEST_SIDE} is first enlarged to it by repeating pixels, and is the one level.
 */
export function laplacianPyramid(
  picture: Float32Array,
  side: number,
  channels: number,
): Float32Array[] {
  const levels: Float32Array[] = []
  let [low, size] = [picture, side]
  for (; size < COARSEST_SIDE; size *= 2) low = repeated(low, size, channels)
  for (; size > COARSEST_SIDE; size /= 2) {
    const half = halved(low, size, channels)
    const detail = enlarged(half, size / 2, channels)
    for (let i = 0; i < detail.length; i++) detail[i] = low[i]! - detail[i]!
    levels.push(detail)
    low = half
  }
  return [...levels, low]
}

function halved(picture: Float32Array, side: number, channels: number): Float32Array {
  const narrow = halvedAlong(picture, { outer: side, length: side, inner: channels })
  return halvedAlong(narrow, { outer: 1, length: side, inner: (side / 2) * channels })
}

function enlarged(picture: Float32Array, side: number, channels: number): Float32Array {
  const wide = enlargedAlong(picture, { outer: side, length: side, inner: channels })
  return enlargedAlong(wide, { outer: 1, length: side, inner: 2 * side * channels })
}

/** An array seen as [outer, length, inner], to be changed along its middle. */
type Axis = { outer: number; length: number; inner: number }

/** Every second value of the array smoothed with 1 4 6 4 1 over 16; beyond an edge lies the mirror image. */
function halvedAlong(from: Float32Array, { outer, length, inner }: Axis): Float32Array {
  const half = length / 2
  const to = new Float32Array(outer * half * inner)
  const mirrored = (at: number) => (at < 0 ? -at : at < length ? at : 2 * (length - 1) - at)
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < half; j++) {
      const [a, b, c, d, e] = [-2, -1, 0, 1, 2].map(
        (by) => (o * length + mirrored(2 * j + by)) * inner,
      ) as [number, number, number, number, number]
      const at = (o * half + j) * inner
      for (let i = 0; i < inner; i++) {
        to[at + i] =
          (from[a + i]! + from[e + i]! + 4 * (from[b + i]! + from[d + i]!) + 6 * from[c + i]!) / 16
      }
    }
  }
  return to
}

/** Zeros between the values, smoothed as {@link halvedAlong} does and doubled: means of the values around each place. */
function enlargedAlong(from: Float32Array, { outer, length, inner }: Axis): Float32Array {
  const to = new Float32Array(outer * 2 * length * inner)
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < length; j++) {
      const here = (o * length + j) * inner
      const before = j > 0 ? here - inner : here + inner
      const after = j < length - 1 ? here + inner : here
      const at = (o * length + j) * 2 * inner
      for (let i = 0; i < inner; i++) {
        to[at + i] = (from[before + i]! + 6 * from[here + i]! + from[after + i]!) / 8
        to[at + inner + i] = (from[here + i]! + from[after + i]!) / 2
      }
    }
  }
  return to
}

function repeated(picture: Float32Array, side: number, channels: number): Float32Array {
  const to = new Float32Array(4 * picture.length)
  const rowSize = 2 * side * channels
  for (let y = 0; y < 2 * side; y++) {
    for (let x = 0; x < 2 * side; x++) {
      const from = ((y >> 1) * side + (x >> 1)) * channels
      to.set(picture.subarray(from, from + channels), y * rowSize + x * channels)
    }
  }
  return to
}
