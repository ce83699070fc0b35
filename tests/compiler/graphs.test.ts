import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../main/compiler/builder'
import { optimise } from '../../main/compiler/compile'
import type { Graph, Value } from '../../main/compiler/ir'
import { print } from '../../main/compiler/ir'
import { trace } from '../../main/compiler/trace'
import { verify } from '../../main/compiler/verify'
import { after, leakyRelu } from '../../main/runtime/ops'

const tensor = (inputs: Readonly<Record<string, tf.Tensor>>, name: string): tf.Tensor =>
  inputs[name] as tf.Tensor

describe('golden graphs', () => {
  test('a convolution takes its bias and leaky ReLU in', () => {
    const graph = trace(
      (inputs) => {
        const y = tf.conv2d(
          tensor(inputs, 'x') as tf.Tensor4D,
          tensor(inputs, 'w') as tf.Tensor4D,
          1,
          'same',
        )
        return { y: leakyRelu(tf.add(y, tensor(inputs, 'b')), 0.25) }
      },
      { x: { shape: [2, 4, 4, 3], type: 'uint8' }, w: { shape: [3, 3, 3, 8] }, b: { shape: [8] } },
    )
    expect(print(optimise(graph))).toBe(
      [
        '%0: [2,4,4,3] = input x uint8 [2,4,4,3]',
        '%1: [3,3,3,8] = input w float32 [3,3,3,8]',
        '%2: [8] = input b float32 [8]',
        '%3: [2,4,4,8] = conv taps=3,3 strides=1,1 pads=1,1,1,1 bias slope=0.25(%0, %1, %2)',
        'return y = %3',
      ].join('\n'),
    )
  })

  test('the gradient of a mean of squares is one product', () => {
    const graph = trace(
      (inputs) => ({ g: tf.grad((x) => tf.mean(tf.square(x)))(tensor(inputs, 'x')) }),
      {
        x: { shape: [2, 4] },
      },
    )
    expect(print(optimise(graph))).toBe(
      [
        '%0: [2,4] = input x float32 [2,4]',
        '%1: [] = fill [] value=0.25',
        '%2: [2,4] = binary mul(%0, %1)',
        'return g = %2',
      ].join('\n'),
    )
  })

  test('work that waits for a result is not merged with the same work that does not', () => {
    const graph = trace(
      (inputs) => {
        const first = tf.exp(tensor(inputs, 'x'))
        return { first, second: tf.exp(after(tensor(inputs, 'x'), [first])) }
      },
      { x: { shape: [2] } },
    )
    expect(print(optimise(graph))).toBe(
      [
        '%0: [2] = input x float32 [2]',
        '%1: [2] = unary exp(%0)',
        '%2: [2] = after(%0, %1)',
        '%3: [2] = unary exp(%2)',
        'return first = %1',
        'return second = %3',
      ].join('\n'),
    )
  })

  test('the same work twice is done once, and unused inputs go', () => {
    const graph = trace(
      (inputs) => {
        const layer = (): tf.Tensor =>
          tf.tanh(tf.matMul(tensor(inputs, 'a') as tf.Tensor2D, tensor(inputs, 'b') as tf.Tensor2D))
        return { twice: tf.add(layer(), layer()), once: tf.add(layer(), tf.zeros([2, 2])) }
      },
      { a: { shape: [2, 3] }, b: { shape: [3, 2] }, unused: { shape: [9] } },
    )
    expect(print(optimise(graph))).toBe(
      [
        '%0: [2,3] = input a float32 [2,3]',
        '%1: [3,2] = input b float32 [3,2]',
        '%2: [2,2] = matmul(%0, %1)',
        '%3: [2,2] = unary tanh(%2)',
        '%4: [2,2] = binary add(%3, %3)',
        'return twice = %4',
        'return once = %3',
      ].join('\n'),
    )
  })
})

describe('tracing', () => {
  const shape = { x: { shape: [2] } }

  test('leaves tfjs as it was, after an error too', () => {
    const before = tf.engine().backendName
    expect(() =>
      trace(() => {
        throw new Error('broken')
      }, {}),
    ).toThrow('broken')
    expect(tf.engine().backendName).toBe(before)
    expect(tf.engine().registryFactory).not.toHaveProperty('sprout-trace')
    expect(tf.getKernelsForBackend('sprout-trace')).toEqual([])
  })

  test('refuses to read what is not known yet', () => {
    expect(() =>
      trace((inputs) => ({ y: tf.scalar(tensor(inputs, 'x').dataSync()[0] ?? 0) }), shape),
    ).toThrow(/may not read/)
  })

  test('refuses ops without a rule by their name', () => {
    expect(() => trace((inputs) => ({ y: tf.cumsum(tensor(inputs, 'x')) }), shape)).toThrow(
      /Cumsum/,
    )
  })
})

describe('the verifier', () => {
  const input = (id: number): Value => ({
    id,
    op: { kind: 'input', name: 'x', type: 'float32', shape: [2] },
    args: [],
    shape: [2],
  })
  const graphOf = (values: Value[], output: Value): Graph => ({
    values,
    outputs: new Map([['y', output]]),
  })

  test('finds a value used before it is made', () => {
    const x = input(0)
    const y: Value = { id: 1, op: { kind: 'unary', fn: 'exp' }, args: [x], shape: [2] }
    expect(() => verify(graphOf([y, x], y), 'test')).toThrow(/uses 0 before it is made/)
  })

  test('finds a wrong shape', () => {
    const x = input(0)
    const y: Value = {
      id: 1,
      op: { kind: 'reduce', fn: 'sum', axes: [0], keep: false },
      args: [x],
      shape: [2],
    }
    expect(() => verify(graphOf([x, y], y), 'test')).toThrow(/says \[2\] but is \[\]/)
  })

  test('finds doubled ids and lost outputs', () => {
    const x = input(0)
    expect(() => verify(graphOf([x, input(0)], x), 'test')).toThrow(/two values have id 0/)
    expect(() => verify(graphOf([x], input(1)), 'test')).toThrow(/output "y" is not in the graph/)
  })
})

test('operations refuse arguments that do not fit, naming both', () => {
  const builder = new GraphBuilder()
  const [a, b] = [builder.fill([2, 3], 1), builder.fill([2, 4], 1)]
  expect(() => builder.binary('add', a, b)).toThrow(
    /cannot apply binary add to shapes \[2,3\], \[2,4\]/,
  )
  expect(() =>
    builder.add({ kind: 'matmul', transposeA: false, transposeB: false, bias: false }, a, b),
  ).toThrow(/matmul/)
  expect(() => builder.add({ kind: 'slice', begin: [0, 2], size: [2, 2] }, a)).toThrow(/slice/)
})
