/** What keeps the generator's maps [n, h, w, c] in bounds after each activation; see `TrainConfig.generatorNorm`. */
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Tensors } from '../runtime/engine'

/** Added to a mean of squares before its root is taken, in PixelNorm and in the minibatch standard deviation. */
export const EPSILON = 1e-8
/** Added to a map's variance before its root is taken, in batch normalisation. */
export const BATCH_NORM_EPSILON = 1e-5
/** Share of a batch's statistics in the running ones, each step. */
const MOMENTUM = 0.1

/** Normalises what comes out of a layer's activation. */
export type Norm = (maps: Tensor4D, layer: string) => Tensor4D

/** A layer's batch: mean and unbiased variance of each map, [c]. */
export type BatchStatistics = { readonly mean: Tensor; readonly variance: Tensor }

/** What is to become of the statistics that a batch is normalised with. */
export type NoteStatistics = (layer: string, statistics: BatchStatistics) => void

/**
 * The norm that the generator trains with, of its `weights`; with batch normalisation `note` is shown each layer's
 * statistics. Can be differentiated once, and with batch normalisation any number of times.
 */
export function trainingNorm(
  { generatorNorm }: Pick<TrainConfig, 'generatorNorm'>,
  weights: Tensors,
  note: NoteStatistics = () => {},
): Norm {
  return generatorNorm === 'pixel' ? pixelNorm : batchNorm(weights, note)
}

/** The norm that pictures are drawn with: a picture's does not hang on what it is drawn with. */
export function drawingNorm(
  { generatorNorm }: Pick<TrainConfig, 'generatorNorm'>,
  weights: Tensors,
): Norm {
  return generatorNorm === 'pixel' ? pixelNorm : runningNorm(weights)
}

/**
 * Scales each pixel's (or latent's) vector, the last axis, to a mean square of 1 (section 4.2). Its gradient is
 * written by hand to save passes over the maps, and cannot be differentiated again.
 */
export function pixelNorm<T extends Tensor>(x: T): T {
  const op = tf.customGrad((input, save) => {
    const value = input as Tensor
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(value), -1, true), EPSILON))
    const y = tf.mul(value, inverse)
    const keep = save as tf.GradSaveFunc
    keep([y, inverse])
    const gradFunc = (dy: Tensor, [normed, scale]: Tensor[]) => {
      const along = tf.mean(tf.mul(dy, normed!), -1, true)
      return tf.mul(scale!, tf.sub(dy, tf.mul(normed!, along)))
    }
    return { value: y, gradFunc }
  })
  return op(x) as T
}

/**
 * Each map at mean 0 and (biased) variance 1 over batch and pixels, then times `<layer>/scale` plus `<layer>/shift`
 * (Ioffe and Szegedy 2015, algorithm 1).
 */
function batchNorm(weights: Tensors, note: NoteStatistics): Norm {
  return (maps, layer) => {
    const mean = tf.mean(maps, [0, 1, 2], true)
    const centred = tf.sub(maps, mean)
    const variance = tf.mean(tf.square(centred), [0, 1, 2], true)
    const [n, height, width] = maps.shape
    const count = n * height * width
    note(layer, {
      mean: tf.reshape(mean, [-1]),
      variance: tf.mul(tf.reshape(variance, [-1]), count / (count - 1)),
    })
    const inverse = tf.rsqrt(tf.add(variance, BATCH_NORM_EPSILON))
    const factor = tf.mul(inverse, weights[`${layer}/scale`] as Tensor1D)
    return tf.add(tf.mul(centred, factor), weights[`${layer}/shift`] as Tensor1D)
  }
}

/** The same with `<layer>/mean` and `<layer>/variance` in place of the batch's statistics: one factor, one addend a map. */
function runningNorm(weights: Tensors): Norm {
  return (maps, layer) => {
    const inverse = tf.rsqrt(tf.add(weights[`${layer}/variance`]!, BATCH_NORM_EPSILON))
    const factor = tf.mul(weights[`${layer}/scale`]!, inverse)
    const addend = tf.sub(weights[`${layer}/shift`]!, tf.mul(weights[`${layer}/mean`]!, factor))
    return tf.add(tf.mul(maps, factor as Tensor1D), addend as Tensor1D)
  }
}

/** Gathers the statistics that a generator's pass notes, and moves the running ones, `average/...`, towards them. */
export class RunningStatistics {
  readonly #noted = new Map<string, BatchStatistics>()

  readonly note: NoteStatistics = (layer, statistics) => {
    this.#noted.set(layer, statistics)
  }

  /** The running statistics of a state after the noted batch. */
  after(state: Tensors): Record<string, Tensor> {
    const moved: Record<string, Tensor> = {}
    for (const [layer, statistics] of this.#noted) {
      for (const [kind, value] of Object.entries(statistics)) {
        const name = `average/${layer}/${kind}`
        moved[name] = tf.add(tf.mul(state[name]!, 1 - MOMENTUM), tf.mul(value, MOMENTUM))
      }
    }
    return moved
  }
}
