import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'

/** One trained tensor before or after an update; `m` is there only where beta1 > 0. */
export type AdamState = { readonly weight: Tensor; readonly m?: Tensor; readonly v: Tensor }

/** Step size and count of one update, the same for all tensors. */
export type AdamStep = {
  readonly settings: TrainConfig['adam']
  readonly learningRate: Scalar
  /** 1 for the first update after the moments were zero. */
  readonly step: Scalar
}

/**
 * One update of Adam with bias correction (Kingma and Ba 2015, algorithm 1). The gradient of the trained tensor is
 * `gradient * scale`: what an equalised weight gets from that of its scaled form.
 */
export function adam(before: AdamState, gradient: Tensor, scale: number, by: AdamStep): AdamState {
  const { beta1, beta2, epsilon } = by.settings
  const v = tf.add(
    tf.mul(before.v, beta2),
    tf.mul(tf.square(gradient), (1 - beta2) * scale * scale),
  )
  // Correcting the step and epsilon instead of v saves two passes over the tensor.
  const root = tf.sqrt(biasCorrection(beta2, by.step))
  const size = tf.mul(by.learningRate, root)
  const denominator = tf.add(tf.sqrt(v), tf.mul(root, epsilon))
  if (beta1 === 0) {
    const change = tf.div(tf.mul(gradient, tf.mul(size, scale)), denominator)
    return { weight: tf.sub(before.weight, change), v }
  }
  const m = tf.add(tf.mul(before.m!, beta1), tf.mul(gradient, (1 - beta1) * scale))
  const change = tf.div(tf.mul(m, tf.div(size, biasCorrection(beta1, by.step))), denominator)
  return { weight: tf.sub(before.weight, change), m, v }
}

/** `average` moved towards `value`: `decay * average + (1 - decay) * value`. */
export function movingAverage(average: Tensor, value: Tensor, decay: number): Tensor {
  return tf.add(average, tf.mul(tf.sub(value, average), 1 - decay))
}

function biasCorrection(beta: number, step: Scalar): Scalar {
  return tf.sub(1, tf.pow(tf.scalar(beta), step))
}
