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
  for (let block = 0; block < n; block += BLOCK) {
    const end = Math.min(n, block + BLOCK)
    for (let k = 0; k < m; k += 4) {
      const group = Math.min(4, m - k)
      if (group === 4) projectFour(descriptors, directions, size, { block, end, k, n }, projections)
      else for (let j = k; j < k + group; j++) projectOne(j)
    }
    function projectOne(j: number): void {
      for (let i = block; i < end; i++) {
        let sum = 0
        for (let x = 0; x < size; x++) sum += descriptors[i * size + x]! * directions[j * size + x]!
        projections[j * n + i] = sum
      }
    }
  }
  for (let k = 0; k < m; k++) projections.subarray(k * n, (k + 1) * n).sort()
  return projections
}

type Part = { block: number; end: number; k: number; n: number }

function projectFour(
  descriptors: Float64Array,
  directions: Float64Array,
  size: number,
  { block, end, k, n }: Part,
  into: Float32Array,
): void {
  const [a, b, c, d] = [k * size, (k + 1) * size, (k + 2) * size, (k + 3) * size]
  for (let i = block; i < end; i++) {
    const at = i * size
    let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0]
    for (let x = 0; x < size; x++) {
      const value = descriptors[at + x]!
      sumA += value * directions[a + x]!
      sumB += value * directions[b + x]!
      sumC += value * directions[c + x]!
      sumD += value * directions[d + x]!
    }
    into[k * n + i] = sumA
    into[(k + 1) * n + i] = sumB
    into[(k + 2) * n + i] = sumC
    into[(k + 3) * n + i] = sumD
  }
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
