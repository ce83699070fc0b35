import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { boxDown2, foldTaps3, leakyRelu, nearestUp2, sumTaps4 } from '../../main/runtime/ops'
import type { ListFunction } from './engines'
import { difference, programOf } from './engines'

const CLOSE = 1e-4

const MAP = [2, 4, 6, 3]

/** name, shapes of the inputs, function */
const OPS: readonly (readonly [string, readonly (readonly number[])[], ListFunction])[] = [
  [
    'arithmetic',
    [MAP, MAP],
    (a, b) => [tf.add(a, b), tf.sub(a, b), tf.mul(a, b), tf.div(a, b), tf.neg(a)],
  ],
  [
    'broadcasting',
    [MAP, [3], [2, 1, 1, 1], []],
    (a, b, c, d) => [tf.add(a, b), tf.mul(c, a), tf.sub(d, a), tf.mul(b, c), tf.add(d, d)],
  ],
  [
    'numbers',
    [MAP],
    (a) => [
      tf.mul(tf.mul(a, 2), 3),
      tf.div(a, 4),
      tf.div(1, a),
      tf.sub(1, a),
      tf.pow(a, 2),
      tf.add(a, 0),
    ],
  ],
  [
    'roots',
    [MAP],
    (a) => [tf.sqrt(tf.abs(a)), tf.rsqrt(tf.square(a)), tf.pow(tf.abs(a), 0.5), tf.reciprocal(a)],
  ],
  [
    'transcendentals',
    [MAP],
    (a) => [
      tf.exp(a),
      tf.log(tf.abs(a)),
      tf.sigmoid(a),
      tf.softplus(a),
      tf.tanh(a),
      tf.sin(a),
      tf.cos(a),
      tf.log1p(tf.abs(a)),
      tf.expm1(a),
    ],
  ],
  [
    'steps',
    [MAP],
    (a) => [
      tf.relu(a),
      leakyRelu(a, 0.2),
      tf.step(a, 0.2),
      tf.step(a),
      tf.sign(a),
      tf.floor(a),
      tf.ceil(a),
      tf.clipByValue(a, -0.5, 0.25),
    ],
  ],
  [
    'choices',
    [MAP, MAP],
    (a, b) => [
      tf.maximum(a, b),
      tf.minimum(a, b),
      tf.where(tf.greater(a, b), a, tf.neg(b)),
      tf.cast(tf.lessEqual(a, b), 'float32'),
      tf.cast(tf.notEqual(a, a), 'float32'),
    ],
  ],
  ['squared difference', [MAP, [3]], (a, b) => tf.squaredDifference(a, b)],
  [
    'reductions',
    [MAP],
    (a) => [
      tf.sum(a),
      tf.mean(a, [1, 2]),
      tf.mean(a, 3, true),
      tf.sum(a, 0),
      tf.max(a, 3),
      tf.min(a, [0, 3]),
      tf.sum(tf.square(a), [1, 2, 3]),
      tf.mean(tf.square(a), -1, true),
    ],
  ],
  [
    'reductions of equal numbers',
    [[2, 1, 1, 3]],
    (a) => [tf.sum(tf.broadcastTo(a, [2, 4, 6, 3]), [1, 2]), tf.mean(tf.tile(a, [1, 4, 1, 1]))],
  ],
  [
    'movement',
    [MAP],
    (a) => [
      tf.reshape(a, [8, 18]),
      tf.transpose(a, [3, 0, 2, 1]),
      tf.slice(a, [0, 1, 2, 1], [2, 2, 3, 2]),
      tf.pad(
        a,
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [1, 0],
        ],
        2,
      ),
      tf.reverse(a, [1, 2]),
      tf.tile(a, [2, 1, 3, 1]),
    ],
  ],
  [
    'joining',
    [MAP, [2, 4, 6, 1]],
    (a, b) => [
      tf.concat([a, b], 3),
      tf.stack([a, a], 1),
      ...tf.split(a, 2, 1),
      ...tf.unstack(a, 3),
      tf.slice(tf.concat([a, b], 3), [0, 0, 0, 3]),
    ],
  ],
  [
    'products',
    [[3, 5], [5, 4], [4]],
    (a, b, c) => [
      tf.matMul(a, b),
      tf.add(tf.matMul(a, b), c),
      tf.matMul(b, a, true, true),
      tf.matMul(tf.transpose(a) as tf.Tensor4D, a),
    ],
  ],
  [
    'batched products',
    [
      [2, 3, 5],
      [2, 4, 5],
    ],
    (a, b) => tf.matMul(a, b, false, true),
  ],
  ['resampling', [[2, 4, 6, 3]], (a) => [nearestUp2(a), boxDown2(a)]],
  [
    'taps',
    [
      [3, 3, 5, 2],
      [4, 4, 5, 2],
    ],
    (a, b) => [sumTaps4(a), foldTaps3(b)],
  ],
  [
    'known numbers',
    [MAP],
    (a) => [
      tf.mul(a, tf.tensor([1, 2, 3])),
      tf.add(tf.zerosLike(a), 3),
      tf.mul(tf.tensor([1, 2]), tf.tensor([3, 4])),
    ],
  ],
  ['an input as an output, twice', [MAP], (a) => [a, a, tf.mul(a, 1)]],
]

describe('every op, compiled and eager', () => {
  test.each(OPS)('%s', async (name, shapes, work) => {
    expect(await difference(programOf(name, shapes, work), { block: 0 })).toBeLessThan(CLOSE)
  })
})
