import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import type { ConvKernels } from '../../main/compiler/convSites'
import { optimise } from '../../main/compiler/compile'
import { lower } from '../../main/compiler/lower/lower'
import { chooseLayouts } from '../../main/compiler/passes/layout'
import type { InputSpec, TensorFunction } from '../../main/compiler/trace'
import { trace } from '../../main/compiler/trace'
import { sumTaps4 } from '../../main/runtime/ops'

/** The types of the ONNX nodes of a function, with the count of each; `*` marks the blocked layout's kernels. */
function nodes(
  work: TensorFunction,
  inputs: Record<string, InputSpec>,
  block: number,
  kernels: ConvKernels = new Map(),
): Record<string, number> {
  const graph = optimise(trace(work, inputs))
  const counts: Record<string, number> = {}
  const target = { block, padChannels: false, kernels }
  for (const { type, domain } of lower(graph, chooseLayouts(graph, new Map(), target), target)
    .nodes) {
    const name = domain === '' ? type : `${type}*`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const map = (n: number, side: number, channels: number): InputSpec => ({
  shape: [n, side, side, channels],
})
const x = (inputs: Readonly<Record<string, tf.Tensor>>): tf.Tensor4D => inputs['x'] as tf.Tensor4D
const w = (inputs: Readonly<Record<string, tf.Tensor>>): tf.Tensor4D => inputs['w'] as tf.Tensor4D

describe('which kernels a convolution becomes', () => {
  const work: TensorFunction = (inputs) => ({ y: tf.conv2d(x(inputs), w(inputs), 1, 'same') })
  const filter = (inputs: number, outputs: number): InputSpec => ({
    shape: [3, 3, inputs, outputs],
  })

  test('whole blocks on both sides: the direct kernel, and nothing plain', () => {
    const found = nodes(work, { x: map(2, 4, 16), w: filter(16, 16) }, 8)
    expect(found['Conv*']).toBe(1)
    expect(found['Conv']).toBeUndefined()
  })

  test('few inputs, as pictures have: the direct kernel for them', () => {
    expect(nodes(work, { x: map(2, 4, 3), w: filter(3, 16) }, 8)['Conv*']).toBe(1)
  })

  test('channels that no block divides: a plain convolution', () => {
    const found = nodes(work, { x: map(2, 4, 12), w: filter(12, 12) }, 8)
    expect(found['Conv']).toBe(1)
    expect(found['Conv*']).toBeUndefined()
  })

  test('a runtime without blocks: a plain convolution', () => {
    const found = nodes(work, { x: map(2, 4, 16), w: filter(16, 16) }, 0)
    expect(found['Conv']).toBe(1)
    expect(found['Conv*']).toBeUndefined()
  })
})

test('an enlarging convolution runs as four small ones, whose results are interleaved', () => {
  const found = nodes(
    (inputs) => ({
      y: tf.conv2dTranspose(x(inputs), sumTaps4(w(inputs)), [2, 8, 8, 16], 2, 'same'),
    }),
    { x: map(2, 4, 16), w: { shape: [3, 3, 16, 16] } },
    8,
  )
  expect(found['Conv*']).toBe(4)
  expect(found['Concat']).toBe(3)
})

test('a filter gradient is the direct kernel with its roles exchanged, a group of images at a time', () => {
  const found = nodes(
    (inputs) => ({
      g: tf.grad((filter) =>
        tf.sum(tf.square(tf.conv2d(x(inputs), filter as tf.Tensor4D, 1, 'same'))),
      )(w(inputs)),
    }),
    { x: map(16, 4, 16), w: { shape: [3, 3, 16, 16] } },
    8,
  )
  // One forward, then 16 images in groups of 4.
  expect(found['Conv*']).toBe(1 + 4)
})

describe('a convolution by Winograd', () => {
  const passes: TensorFunction = (inputs) => {
    const [dx, dw] = tf.grads((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'))(
      [x(inputs), w(inputs)],
      inputs['dy'],
    )
    return { y: tf.conv2d(x(inputs), w(inputs), 1, 'same'), dx: dx!, dw: dw! }
  }
  const shapes = (side: number) => ({
    x: map(2, side, 12),
    w: { shape: [3, 3, 12, 16] },
    dy: map(2, side, 16),
  })
  const kernels: ConvKernels = new Map([['4x4 12-16', 'winograd']])

  test('is matrix products, and its gradients share the transformed maps and filter', () => {
    const found = nodes(passes, shapes(4), 8, kernels)
    expect(found['Conv'] ?? found['Conv*'] ?? found['ConvTranspose']).toBeUndefined()
    // To tiles: the map and the gradient, two each; the filter. Products: one forward. Back: two each, and the taps.
    expect(found['MatMul']).toBe(2 + 2 + 1 + 1 + 2 + 2 + 1)
    // The products of the two gradients, which transpose.
    expect(found['FusedMatMul*']).toBe(2)
  })

  test('only where it was chosen', () => {
    expect(nodes(passes, shapes(6), 8, kernels)['FusedMatMul*']).toBeUndefined()
  })
})
