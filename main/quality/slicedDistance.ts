/** Descriptors whose projections are computed while they are in the processor's cache. */
const BLOCK = 256

/** Vectors [count, size] of length 1, from as many standard normal numbers: every direction is as likely as the others. */
export function unitDirections(normals: ArrayLike<number>, size: number): Float64Array {
  const directions = Float64Array.from(normals)
  for (let at = 0; at < directions.length; at += size) {
    const one = directions.subarray(at, at + size)
    const length = Math.sqrt(one.reduce((sum, value) => sum + value * value, 0))
    for (let i = 0; i < size; i++) one[i]! /= length
  }
  return directions
}

/**
 * Where descriptors [n, size] lie along each direction [m, size], in growing order: [m, n]. Two at a time, along four
 * directions at a time, so that numbers once read are used several times; sums are in double precision.
 */
export function sortedProjections(
  descriptors: Float64Array,
  directions: Float64Array,
  size: number,
): Float32Array {
  const [n, m] = [descriptors.length / size, directions.length / size]
  const projections = new Float32Array(m * n)
  const parts = { descriptors, directions, size, n, into: projections }
  for (let block = 0; block < n; block += BLOCK) {
    const end = Math.min(n, block + BLOCK)
    const paired = end - ((end - block) % 2)
    for (let k = 0; k < m; k += 4) {
      if (k + 4 > m) {
        for (let j = k; j < m; j++) for (let i = block; i < end; i++) projectOne(parts, i, j)
        continue
      }
      for (let i = block; i < paired; i += 2) projectTwoByFour(parts, i, k)
      if (paired < end) for (let j = k; j < k + 4; j++) projectOne(parts, paired, j)
    }
  }
  for (let k = 0; k < m; k++) projections.subarray(k * n, (k + 1) * n).sort()
  return projections
}

type Parts = {
  descriptors: Float64Array
  directions: Float64Array
  size: number
  n: number
  into: Float32Array
}

/** Descriptor `i` along direction `k`. */
function projectOne({ descriptors, directions, size, n, into }: Parts, i: number, k: number): void {
  let sum = 0
  for (let x = 0; x < size; x++) sum += descriptors[i * size + x]! * directions[k * size + x]!
  into[k * n + i] = sum
}

/** Descriptors `i` and `i + 1` along directions `k` to `k + 3`. */
function projectTwoByFour(parts: Parts, i: number, k: number): void {
  const { descriptors, directions, size, n, into } = parts
  const [one, two] = [i * size, (i + 1) * size]
  const [a, b, c, d] = [k * size, (k + 1) * size, (k + 2) * size, (k + 3) * size]
  let [a1, b1, c1, d1, a2, b2, c2, d2] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let x = 0; x < size; x++) {
    const first = descriptors[one + x]!
    const second = descriptors[two + x]!
    const da = directions[a + x]!
    const db = directions[b + x]!
    const dc = directions[c + x]!
    const dd = directions[d + x]!
    a1 += first * da
    b1 += first * db
    c1 += first * dc
    d1 += first * dd
    a2 += second * da
    b2 += second * db
    c2 += second * dc
    d2 += second * dd
  }
  const sums = [a1, a2, b1, b2, c1, c2, d1, d2]
  for (let s = 0; s < 8; s++) into[(k + (s >> 1)) * n + i + (s & 1)] = sums[s]!
}

/**
 * The sliced Wasserstein distance of two sets of equally many descriptors, from their {@link sortedProjections} on the
 * same directions: along each direction the earth mover's distance, which is the mean difference of what has the same
 * place in both orders, averaged over the directions.
 */
export function slicedDistance(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError('Both sets need equally many descriptors.')
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!)
  return sum / a.length
}
