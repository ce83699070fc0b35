import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leakyRelu, sumTaps4 } from '../../main/runtime/ops'
import type { ListFunction } from './engines'
import { difference, LAYOUTS, programOf } from './engines'

const CLOSE = 1e-4
const RUNS = 12

/** Sizes of a convolution; `block` says how its channels are counted. */
const sizes = fc.record({
  images: fc.integer({ min: 1, max: 9 }),
  height: fc.integer({ min: 2, max: 4 }).map((n) => 2 * n),
  width: fc.integer({ min: 2, max: 4 }).map((n) => 2 * n),
  channelsIn: fc.constantFrom(1, 3, 4, 8, 9, 16, 24),
  channelsOut: fc.constantFrom(1, 3, 8, 12, 16),
  kernel: fc.constantFrom(1, 3, 4),
  stride: fc.constantFrom<1 | 2>(1, 2),
  pad: fc.constantFrom<'same' | 'valid' | [[0, 0], [1, 1], [1, 1], [0, 0]]>('same', 'valid', [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]),
  seed: fc.integer({ min: 1, max: 1000 }),
})

const conv = (x: tf.Tensor, w: tf.Tensor, stride: number, pad: 'same'): tf.Tensor4D =>
  tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad)

describe.each(LAYOUTS)('%s convolutions', { timeout: 60_000 }, (_name, layout) => {
  test('all three forms and their own gradients', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        async ({ images, height, width, channelsIn, channelsOut, kernel, stride, pad, seed }) => {
          const work: ListFunction = (x, w, b) => {
            const squares = (t: tf.Tensor): tf.Scalar => tf.sum(tf.square(t))
            const y = tf.add(conv(x, w, stride, pad as 'same'), b)
            const forward = (a: tf.Tensor, c: tf.Tensor): tf.Scalar =>
              squares(tf.add(conv(a, c, stride, pad as 'same'), b))
            const [dx, dw] = tf.grads(forward)([x, w])
            // The gradient of |d/dx|^2 by x and w goes through the second-order forms.
            const second = (a: tf.Tensor, c: tf.Tensor): tf.Scalar =>
              squares(tf.grad((u) => forward(u, c))(a))
            const [ddx, ddw] = tf.grads(second)([x, w])
            const third = tf.grads((a, c) => squares(tf.grad((u) => forward(a, u))(c)))([x, w])
            return [y, dx, dw, ddx, ddw, ...third] as tf.Tensor[]
          }
          const shapes = [
            [images, height, width, channelsIn],
            [kernel, kernel, channelsIn, channelsOut],
            [channelsOut],
          ]
          expect(
            await difference(programOf('convolution', shapes, work), layout, seed),
          ).toBeLessThan(CLOSE)
        },
      ),
      { numRuns: RUNS },
    )
  })

  test('summed taps, down and up', async () => {
    const work: ListFunction = (x, down, up) => {
      const loss = (a: tf.Tensor, d: tf.Tensor, u: tf.Tensor): tf.Scalar => {
        const small = leakyRelu(
          tf.conv2d(a as tf.Tensor4D, sumTaps4(d as tf.Tensor4D), 2, 'same'),
          0.2,
        )
        const big = tf.conv2dTranspose(small, sumTaps4(u as tf.Tensor4D), [3, 8, 8, 16], 2, 'same')
        return tf.mean(tf.square(leakyRelu(big, 0.2)))
      }
      const first = tf.grads(loss)([x, down, up])
      const penalty = (a: tf.Tensor, d: tf.Tensor, u: tf.Tensor): tf.Scalar =>
        tf.mean(tf.square(tf.grad((t) => loss(t, d, u))(a)))
      return [loss(x, down, up), ...first, ...tf.grads(penalty)([x, down, up])]
    }
    const shapes = [
      [3, 8, 8, 16],
      [3, 3, 16, 24],
      [3, 3, 16, 24],
    ]
    expect(await difference(programOf('taps', shapes, work), layout)).toBeLessThan(CLOSE)
  })
})
