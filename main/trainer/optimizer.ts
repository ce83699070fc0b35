import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'

/**
 * One trained tensor before or after an update. `m` (there only where beta1 > 0) and `v` are the sums of all past
 * gradients, and of their squares, each shrunk by its beta at every later step: the paper's moments over 1 - beta.
 */
export type AdamState = { readonly weight: Tensor; readonly m?: Tensor; readonly v: Tensor }

/** Step size and count of one update, the same for all tensors. */
export type AdamStep = {
  readonly settings: TrainConfig['adam']
  readonly learningRate: Scalar
  /** 1 for the first update after the moments were zero. */
  readonly step: Scalar
}

/**
 * One update of Adam with bias correction (Kingma and Ba 2015, algorithm 1), for a weight that is kept times `scale`
 * (see `ParameterSpec`), whose gradient is then that over `scale`.
 */
export function adam(before: AdamState, gradient: Tensor, scale: number, by: AdamStep): AdamState {
  const { beta1, beta2, epsilon } = by.settings
  const v = tf.add(tf.mul(before.v, beta2), tf.square(gradient))
  // All constants are gathered in two numbers, so that the tensors are gone through as few times as can be.
  const root = tf.sqrt(inverseOfSum(beta2, by.step))
  const rate = tf.mul(by.learningRate, scale)
  const denominator = tf.add(tf.sqrt(v), tf.div(epsilon / scale, root))
  if (beta1 === 0) {
    const change = tf.div(tf.mul(gradient, tf.div(rate, root)), denominator)
    return { weight: tf.sub(before.weight, change), v }
  }
  const m = tf.add(tf.mul(before.m!, beta1), gradient)
  const size = tf.div(tf.mul(rate, inverseOfSum(beta1, by.step)), root)
  const change = tf.div(tf.mul(m, size), denominator)
  return { weight: tf.sub(before.weight, change), m, v }
}

/** `average` moved towards `value`: `decay * average + (1 - decay) * value`. */
export function movingAverage(average: Tensor, value: Tensor, decay: Scalar): Tensor {
  return tf.add(average, tf.mul(tf.sub(value, average), tf.sub(1, decay)))
}

/**
 * The decay at a phase's step (from 1): short at first, so that an average soon forgets the random weights that new
 * layers began with, then `decay` from step `(10 decay - 1) / (1 - decay)` on.
 */
export function averageDecay(decay: number, step: Scalar): Scalar {
  return tf.minimum(decay, tf.div(tf.add(step, 1), tf.add(step, 10)))
}

/** What makes a mean of a shrunk sum after `step` steps: (1 - beta) / (1 - beta^step), 1 over the sum of the weights. */
function inverseOfSum(beta: number, step: Scalar): Scalar {
  return tf.div(1 - beta, tf.sub(1, tf.pow(tf.scalar(beta), step)))
}
