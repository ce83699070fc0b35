import { createHash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** Random numbers in a fixed order; each call goes on where the one before ended. */
export type RandomStream = {
  /** Standard normal numbers, independent, of magnitude at most 6.7. */
  normals(count: number): Float32Array
  /** Numbers in [0, 1), multiples of 2^-24. */
  uniforms(count: number): Float32Array
  /** The numbers 0 to n - 1, each once, every order as likely as the others. */
  permutation(n: number): Uint32Array
  /** An integer from 0 to n - 1; n from 1 to 2^32. */
  int(n: number): number
}

/**
 * The random numbers of one purpose (`stream`) at one `step` of a run. They follow from the three arguments
 * alone, so a run that goes on after a break draws what it would have drawn without one, and no generator's
 * state is ever saved. The same on every platform: V8 brings its own log, sin and cos.
 */
export function randomStream(seed: number, stream: string, step: number): RandomStream {
  const digest = createHash('sha256').update(`${seed}/${step}/${stream}`).digest()
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)))
  const int = (n: number) => uniformInt(generator, 0, n - 1)
  return {
    normals(count) {
      const values = new Float32Array(count)
      for (let i = 0; i < count; i += 2) {
        // Box and Muller's pair; 1 is added so that the logarithm is of (0, 1].
        const radius = Math.sqrt(-2 * Math.log(((generator.next() >>> 0) + 1) * 2 ** -32))
        const angle = (generator.next() >>> 0) * (2 * Math.PI * 2 ** -32)
        values[i] = radius * Math.cos(angle)
        if (i + 1 < count) values[i + 1] = radius * Math.sin(angle)
      }
      return values
    },
    uniforms(count) {
      const values = new Float32Array(count)
      for (let i = 0; i < count; i++) values[i] = (generator.next() >>> 8) * 2 ** -24
      return values
    },
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const other = int(i + 1)
        const kept = order[i]!
        order[i] = order[other]!
        order[other] = kept
      }
      return order
    },
    int,
  }
}
