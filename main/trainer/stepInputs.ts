import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { imagesOfStep, type Segment } from '../../shared/schedule'
import type { TensorSpec, Tensors } from '../runtime/engine'
import { augmentInputs } from './augment'
import { fadeReals } from './fade'
import type { BatchPlan } from './microBatches'

/** What decides the graph of a step. */
export type StepShape = Pick<Segment, 'resolution' | 'phase' | 'batch'> & BatchPlan

/** The inputs that both players take: {@link pictureInputs} and, in a fade, `alpha` []. */
export function contestInputs(config: TrainConfig, segment: StepShape): Record<string, TensorSpec> {
  return { ...pictureInputs(config, segment), ...alphaInput(segment.phase) }
}

/**
 * The inputs that have a row for each picture that a step sees, a batch for each of its updates of the discriminator
 * (n rows in all): `reals` uint8 [n, r, r, channels]; `latents`
 * [n, latentSize]; `mix` [n, 1, 1, 1] in [0, 1), wgan-gp only; `mirror` [n, 1, 1, 1], 1 for a real to be mirrored, else
 * 0, if the run mirrors; `labels` [n], each real's class, which its fake has too, if the run has classes; and the
 * numbers of {@link augmentInputs}.
 */
export function pictureInputs(config: TrainConfig, segment: StepShape): Record<string, TensorSpec> {
  const { resolution } = segment
  const n = imagesOfStep(config, segment)
  return {
    reals: { shape: [n, resolution, resolution, config.channels], type: 'uint8' },
    latents: { shape: [n, config.latentSize] },
    ...(config.loss === 'wgan-gp' && { mix: { shape: [n, 1, 1, 1] } }),
    ...(config.mirror && { mirror: { shape: [n, 1, 1, 1] } }),
    ...labelInput(config, n),
    ...augmentInputs(config.augment, n),
  }
}

/** Real pictures in [-1, 1], mirrored and faded as the step's inputs say. */
export function realsFrom(inputs: Tensors, alpha: Scalar | null): Tensor4D {
  const pixels: Tensor4D = tf.sub(tf.mul(inputs['reals'] as Tensor4D, 2 / 255), 1)
  const mirror = inputs['mirror'] as Tensor4D | undefined
  const seen = mirror === undefined ? pixels : mirrorSome(pixels, mirror)
  return alpha === null ? seen : fadeReals(seen, alpha)
}

/** Turns pictures [n, h, w, c] left to right where `mirror` [n, 1, 1, 1] is 1, and leaves them, to the bit, where it is 0. */
function mirrorSome(images: Tensor4D, mirror: Tensor4D): Tensor4D {
  return tf.add(tf.mul(images, tf.sub(1, mirror)), tf.mul(tf.reverse(images, 2), mirror))
}

/** `labels` [count] if the run has classes. */
function labelInput({ classes }: TrainConfig, count: number): Record<string, TensorSpec> {
  return classes === null ? {} : { labels: { shape: [count] } }
}

/** The step's classes [n] as [n, classes] with a one at each; null for a run without. */
export function labelsFrom({ classes }: TrainConfig, inputs: Tensors): Tensor2D | null {
  if (classes === null) return null
  const numbers = tf.tensor2d(
    classes.map((_, i) => i),
    [1, classes.length],
  )
  return tf.cast(tf.equal(tf.reshape(inputs['labels']!, [-1, 1]), numbers), 'float32')
}

/** The labels of `count` minibatches of the same classes, one after the other. */
export function repeated(labels: Tensor2D | null, count: number): Tensor2D | null {
  return labels === null || count === 1 ? labels : tf.concat(Array<Tensor2D>(count).fill(labels), 0)
}

/** `alpha` [] in a fade. */
export function alphaInput(phase: Segment['phase']): Record<string, TensorSpec> {
  return phase === 'fade' ? { alpha: { shape: [] } } : {}
}

/** The step's alpha; null outside a fade. */
export function alphaFrom(inputs: Tensors): Scalar | null {
  return (inputs['alpha'] as Scalar | undefined) ?? null
}
