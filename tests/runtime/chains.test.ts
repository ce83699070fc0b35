import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boxDown2, leakyRelu, nearestUp2 } from '../../main/runtime/ops'
import { difference, LAYOUTS, programOf, sensitivity } from './engines'

/** Steps from map to map that leave layouts in every state for the next one to meet. */
const STEPS = {
  scale: (x) => tf.mul(x, 0.5),
  leaky: (x) => leakyRelu(x, 0.2),
  bias: (x) => tf.add(x, tf.tensor1d(Array.from({ length: x.shape[3] }, (_, i) => Math.sin(i)))),
  norm: (x) => tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), 3, true), 0.1))),
  centre: (x) => tf.sub(x, tf.mean(x, [0, 1], true)),
  pixels: (x) => tf.add(x, tf.sum(x, [1, 2], true)),
  whole: (x) => tf.mul(x, tf.mean(tf.abs(x))),
  up: (x) => (x.shape[1] < 12 ? nearestUp2(x) : x),
  down: (x) => (x.shape[1] % 2 === 0 && x.shape[2] % 2 === 0 ? boxDown2(x) : x),
  widen: (x) => (x.shape[3] < 40 ? tf.concat([x, tf.neg(x)], 3) : x),
  oneMore: (x) => tf.concat([x, tf.mean(x, 3, true)], 3),
  stack: (x) => (x.shape[0] < 4 ? tf.concat([x, tf.mul(x, 2)], 0) : x),
  half: (x) => (x.shape[3] >= 16 ? tf.slice(x, [0, 0, 0, 8], [-1, -1, -1, 8]) : x),
  odd: (x) => (x.shape[3] > 3 ? tf.slice(x, [0, 0, 0, 1], [-1, -1, -1, x.shape[3] - 2]) : x),
  first: (x) => tf.slice(x, [0, 0, 0, 0], [1, -1, -1, -1]),
  pad: (x) =>
    tf.pad(x, [
      [0, 0],
      [1, 1],
      [0, 2],
      [0, 0],
    ]),
  turn: (x) => tf.transpose(x, [0, 2, 1, 3]),
  mix: (x) => tf.transpose(x, [3, 1, 2, 0]),
  flip: (x) => tf.reverse(x, [1, 3]),
  reshape: (x) => tf.reshape(x, [x.shape[0], x.shape[2], x.shape[1], x.shape[3]]),
  flatten: (x) => tf.reshape(tf.mul(tf.reshape(x, [x.shape[0], -1]), 2), x.shape),
  conv: (x) => conv(x, 3, 8),
  wide: (x) => conv(x, 1, 16),
  few: (x) => conv(x, 3, 3),
  choose: (x) => tf.where(tf.greater(x, 0.1), x, tf.mul(x, x)),
} satisfies Record<string, (x: tf.Tensor4D) => tf.Tensor4D>

function conv(x: tf.Tensor4D, taps: number, outputs: number): tf.Tensor4D {
  const size = taps * taps * x.shape[3] * outputs
  const filter = tf.tensor4d(
    Float32Array.from({ length: size }, (_, i) => Math.cos(i * 1.7) / 4),
    [taps, taps, x.shape[3], outputs],
  )
  return tf.conv2d(x, filter, 1, 'same')
}

const chains = fc.record({
  images: fc.integer({ min: 1, max: 3 }),
  side: fc.constantFrom(4, 6),
  channels: fc.constantFrom(1, 3, 8, 16, 24),
  names: fc.array(fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])), {
    minLength: 2,
    maxLength: 7,
  }),
})

describe.each(LAYOUTS)('chains of ops, %s', { timeout: 60_000 }, (_name, layout) => {
  test('agree with the eager engine, and so do their gradients', async () => {
    await fc.assert(
      fc.asyncProperty(chains, async ({ images, side, channels, names }) => {
        const run = (x: tf.Tensor4D): tf.Tensor4D =>
          names.reduce((map, name) => STEPS[name](map), x)
        const program = programOf(names.join(), [[images, side, side + 2, channels]], (x) => {
          const loss = (u: tf.Tensor): tf.Scalar => tf.mean(tf.square(run(u as tf.Tensor4D)))
          // Where a choice has no second gradient in tfjs, the first is enough.
          return [run(x), ...(names.includes('choose') ? [] : [tf.grad(loss)(x)])]
        })
        const found = await difference(program, layout)
        // A gradient that nearly cancels out is known no better than its rounding allows.
        if (found >= 2e-4) expect(found).toBeLessThan(4 * (await sensitivity(program)))
      }),
      {
        numRuns: 40,
        examples: [
          [{ images: 1, side: 4, channels: 1, names: ['wide', 'pad', 'down'] }],
          [{ images: 1, side: 4, channels: 16, names: ['pixels', 'pixels', 'scale', 'norm'] }],
        ],
      },
    )
  })
})
