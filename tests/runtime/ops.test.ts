import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { EagerEngine } from '../../main/runtime/eager'
import { boxDown2, foldTaps3, leakyRelu, nearestUp2, sumTaps4 } from '../../main/runtime/ops'
import { withBackend } from '../../main/runtime/backend'
import { closeness, ramp } from './numbers'

test('boxDown2 undoes nearestUp2', () => {
  onCpu(() => {
    const x = ramp([2, 3, 2, 5])
    expect(closeness(boxDown2(nearestUp2(x)).dataSync(), x.dataSync())).toBeLessThan(1e-6)
  })
})

test('a stride-2 convolution with summed taps is a 3x3 convolution and a 2x2 sum', () => {
  onCpu(() => {
    const x = ramp([2, 6, 4, 3])
    const w = ramp([3, 3, 3, 2])
    const plain = tf.mul(boxDown2(tf.conv2d(x, w, 1, 'same')), 4)
    expect(
      closeness(tf.conv2d(x, sumTaps4(w), 2, 'same').dataSync(), plain.dataSync()),
    ).toBeLessThan(1e-6)
  })
})

test('a transposed convolution with summed taps is nearest x2 and a turned 3x3 convolution', () => {
  onCpu(() => {
    const x = ramp([2, 3, 2, 3])
    const w = ramp([3, 3, 2, 3])
    const turned = tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D
    const plain = tf.conv2d(nearestUp2(x), turned, 1, 'same')
    const cheap = tf.conv2dTranspose(x, sumTaps4(w), [2, 6, 4, 2], 2, 'same')
    expect(closeness(cheap.dataSync(), plain.dataSync())).toBeLessThan(1e-6)
  })
})

test('each linear op and its adjoint agree on inner products', () => {
  onCpu(() => {
    const dot = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0] as number
    const [small, big] = [ramp([2, 3, 2, 4]), ramp([2, 6, 4, 4])]
    expect(dot(nearestUp2(small), big)).toBeCloseTo(4 * dot(small, boxDown2(big)), 4)
    const [w3, w4] = [ramp([3, 3, 2, 4]), ramp([4, 4, 2, 4])]
    expect(dot(sumTaps4(w3), w4)).toBeCloseTo(dot(w3, foldTaps3(w4)), 4)
  })
})

test('gradients of gradients exist and are right', () => {
  onCpu(() => {
    // f(x) = sum(g(x)^2) with g linear: the gradient's gradient along v is 2 g^T g v.
    const x = ramp([1, 4, 4, 2])
    for (const g of [(t: tf.Tensor4D) => nearestUp2(t), (t: tf.Tensor4D) => boxDown2(t)]) {
      const first = tf.grad((t) => tf.sum(tf.square(g(t as tf.Tensor4D))))
      const second = tf.grad((t) => tf.sum(tf.square(first(t))))(x)
      // nearest: g^T g = 4 I; box: (g^T g)^2 = g^T g / 4.
      const expected =
        g(x).shape[1] === 8 ? tf.mul(x, 2 * 8 * 8) : tf.mul(nearestUp2(boxDown2(x)), 0.5)
      expect(closeness(second.dataSync(), expected.dataSync())).toBeLessThan(1e-5)
    }
    const y = tf.tensor1d([-2, -0.5, 0.5, 3])
    const slope = tf.grad((t) => tf.sum(leakyRelu(t, 0.2)))(y)
    expect(closeness(slope.dataSync(), [0.2, 0.2, 1, 1])).toBeLessThan(1e-6)
    const cubic = tf.grad((t) =>
      tf.sum(tf.square(tf.grad((u) => tf.sum(tf.square(leakyRelu(u, 0.2))))(t))),
    )(y)
    expect(
      closeness(
        cubic.dataSync(),
        [-2, -0.5, 0.5, 3].map((v) => 8 * v * (v < 0 ? 0.2 ** 4 : 1)),
      ),
    ).toBeLessThan(1e-6)
  })
})

test('the eager engine keeps state that a program does not return', async () => {
  const session = await new EagerEngine().load({
    name: 'counter',
    state: { count: { shape: [] }, kept: { shape: [2] } },
    inputs: { by: { shape: [], type: 'uint8' } },
    run: (state, inputs) => {
      const count = tf.add(state['count'] as tf.Tensor, inputs['by'] as tf.Tensor)
      return { state: { count }, outputs: { twice: tf.mul(count, 2) } }
    },
  })
  await session.setState({ count: Float32Array.of(1), kept: Float32Array.of(5, 6) })
  const outputs = await session.run([{ by: Uint8Array.of(2) }, { by: Uint8Array.of(3) }])
  expect(outputs.map((step) => [...(step['twice'] ?? [])])).toEqual([[6], [12]])
  expect(await session.getState()).toEqual({
    count: Float32Array.of(6),
    kept: Float32Array.of(5, 6),
  })
  await expect(session.run([{ by: Float32Array.of(1) }])).rejects.toThrow(
    /"counter": input "by" must be uint8/,
  )
  await expect(session.setState({ count: Float32Array.of(1) })).rejects.toThrow(
    /state "kept" is missing/,
  )
})

function onCpu(work: () => void): void {
  withBackend('cpu', () => tf.tidy(work))
}
