/**
 * The generator and the discriminator (table 2 of the paper) as pure functions of their weights, which are named and
 * laid out as in `parameters.ts`. Maps are [n, h, w, c].
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import { groupSize } from '../../shared/domain/minibatchGroup'
import type { Tensors } from '../runtime/engine'
import { boxDown2, leakyRelu, nearestUp2, sumTaps4 } from '../runtime/ops'
import { lerp } from './fade'
import { EPSILON, pixelNorm, type Norm } from './norms'
import type { NetworkShape } from './parameters'

/** Slope of the leaky ReLU below 0. */
export const LEAK = 0.2

/** How {@link generate} goes about it. */
export type GenerateOptions = {
  /** What maps go through after each activation; PixelNorm where left out. */
  readonly norm?: Norm
  /** Is shown what comes out of each resolution's block. */
  readonly tap?: (block: string, maps: Tensor4D) => void
}

/**
 * Pictures [n, r, r, channels], about [-1, 1], for latents [n, latentSize] of any length: they are normalised, whatever
 * the maps' norm is. Tutorials that swap that norm swap it after the layers; the latent's place on a sphere is also what
 * walks and truncation go by. `alpha` is the fade's weight and is used in a fade only; `labels` [n, classes] has a one
 * at each picture's class, for networks that know classes. Can be differentiated as often as the norm can.
 */
export function generate(
  weights: Tensors,
  latents: Tensor2D,
  { resolution, phase }: NetworkShape,
  alpha: Scalar | null,
  labels: Tensor2D | null = null,
  { norm = pixelNorm, tap }: GenerateOptions = {},
): Tensor4D {
  const activated = (maps: Tensor4D, layer: string) => norm(leakyRelu(maps, LEAK), layer)
  let below: Tensor4D | null = null
  let maps = activated(denseTo4x4(weights, latents, labels), '4x4/dense')
  maps = activated(conv(weights, '4x4/conv', maps), '4x4/conv')
  tap?.('4x4', maps)
  for (let r = 8; r <= resolution; r *= 2) {
    const [first, second] = [`${r}x${r}/conv0`, `${r}x${r}/conv1`] as const
    below = maps
    maps = activated(upConv(weights, first, maps), first)
    maps = activated(conv(weights, second, maps), second)
    tap?.(`${r}x${r}`, maps)
  }
  const images = conv(weights, `${resolution}x${resolution}/toRGB`, maps)
  if (phase === 'stable' || below === null) return images
  const low = conv(weights, `${resolution / 2}x${resolution / 2}/toRGB`, below)
  return lerp(nearestUp2(low), images, alphaOf(alpha))
}

/** How {@link discriminate} finds minibatches in its pictures. */
export type Minibatches = {
  /** Minibatches that lie one after the other in the pictures; each has statistics of its own. */
  readonly count: number
  /** Largest group of pictures that share one standard deviation. */
  readonly group: number
}

/**
 * Scores [n, 1] of pictures [n, r, r, channels]: the higher, the more real and, with `labels` [n, classes] (a one at
 * each picture's class), the more of that class. Can be differentiated any number of times.
 */
export function discriminate(
  weights: Tensors,
  images: Tensor4D,
  { resolution, phase }: NetworkShape,
  alpha: Scalar | null,
  minibatches: Minibatches,
  labels: Tensor2D | null = null,
): Tensor2D {
  let maps = leakyRelu(conv(weights, `${resolution}x${resolution}/fromRGB`, images), LEAK)
  for (let r = resolution; r >= 8; r /= 2) {
    maps = leakyRelu(conv(weights, `${r}x${r}/conv0`, maps), LEAK)
    maps = leakyRelu(convDown(weights, `${r}x${r}/conv1`, maps), LEAK)
    if (phase === 'fade' && r === resolution) {
      const low = conv(weights, `${r / 2}x${r / 2}/fromRGB`, boxDown2(images))
      maps = lerp(leakyRelu(low, LEAK), maps, alphaOf(alpha))
    }
  }
  return discriminatorHead(weights, maps, minibatches, labels)
}

/**
 * Convolution with minibatch standard deviation, then two dense layers: [n, 4, 4, c] to [n, 1]. A label adds the inner
 * product of its vector and the features that the last layer sees (projection, Miyato and Koyama 2018, equation 3).
 */
function discriminatorHead(
  weights: Tensors,
  maps: Tensor4D,
  minibatches: Minibatches,
  labels: Tensor2D | null,
): Tensor2D {
  const n = maps.shape[0]
  // Deviation is one number per picture, so its part of the convolution is that number times the part of a map of ones.
  const ones: Tensor4D = tf.ones([1, 4, 4, 1])
  const onOnes = tf.conv2d(ones, kernel(weights, '4x4/stddev/weight'), 1, 'same')
  const spread = tf.mul(minibatchDeviation(maps, minibatches), onOnes)
  const joined: Tensor4D = tf.add(conv(weights, '4x4/conv', maps), spread)
  const top = leakyRelu(joined, LEAK)
  const hidden = leakyRelu(dense(weights, '4x4/dense0', tf.reshape(top, [n, -1])), LEAK)
  const scores = dense(weights, '4x4/dense1', hidden)
  if (labels === null) return scores
  const vectors = tf.matMul(labels, weights['4x4/projection/weight'] as Tensor2D)
  return tf.add(scores, tf.sum(tf.mul(vectors, hidden), 1, true))
}

/**
 * Minibatch standard deviation (section 3): the standard deviation (biased) over each group of pictures, averaged
 * over pixels and maps, as [n, 1, 1, 1]. Groups are strided over the minibatch: with m groups, picture i is in
 * group i mod m. A minibatch that groups do not divide evenly takes the largest smaller group that does.
 */
export function minibatchDeviation(maps: Tensor4D, { count, group }: Minibatches): Tensor4D {
  const [n, height, width, channels] = maps.shape
  const batch = n / count
  const size = groupSize(batch, group)
  const values = tf.reshape(maps, [count, size, batch / size, height * width * channels])
  const centred = tf.sub(values, tf.mean(values, 1, true))
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), EPSILON))
  const averages = tf.mean(deviation, 3, true)
  return tf.reshape(tf.mul(averages, tf.ones([count, size, batch / size, 1])), [n, 1, 1, 1])
}

/** Normalised latents [n, l], with the labels' embeddings behind them where there are classes, to maps [n, 4, 4, c]. */
function denseTo4x4(weights: Tensors, latents: Tensor2D, labels: Tensor2D | null): Tensor4D {
  const inputs = [pixelNorm(latents)]
  if (labels !== null) {
    inputs.push(pixelNorm(tf.matMul(labels, weights['label/weight'] as Tensor2D)))
  }
  const joined = inputs.length === 1 ? inputs[0]! : tf.concat(inputs, 1)
  const flat = tf.matMul(joined, weights['4x4/dense/weight'] as Tensor2D)
  const maps: Tensor4D = tf.reshape(flat, [latents.shape[0], 4, 4, -1])
  return tf.add(maps, weights['4x4/dense/bias']!)
}

function conv(weights: Tensors, layer: string, maps: Tensor4D): Tensor4D {
  const out = tf.conv2d(maps, kernel(weights, `${layer}/weight`), 1, 'same')
  return tf.add(out, weights[`${layer}/bias`] as Tensor1D)
}

/** Nearest enlargement by two, then a 3x3 convolution, as one transposed convolution of summed taps. */
function upConv(weights: Tensors, layer: string, maps: Tensor4D): Tensor4D {
  const [n, height, width] = maps.shape
  const taps = sumTaps4(kernel(weights, `${layer}/weight`))
  const shape: [number, number, number, number] = [n, 2 * height, 2 * width, taps.shape[2]]
  const out = tf.conv2dTranspose(maps, taps, shape, 2, 'same')
  return tf.add(out, weights[`${layer}/bias`] as Tensor1D)
}

/** A 3x3 convolution, then the sum of 2x2 boxes, as one convolution of summed taps; the bias comes after. */
function convDown(weights: Tensors, layer: string, maps: Tensor4D): Tensor4D {
  const out = tf.conv2d(maps, sumTaps4(kernel(weights, `${layer}/weight`)), 2, 'same')
  return tf.add(out, weights[`${layer}/bias`] as Tensor1D)
}

function dense(weights: Tensors, layer: string, x: Tensor2D): Tensor2D {
  const out = tf.matMul(x, weights[`${layer}/weight`] as Tensor2D)
  return tf.add(out, weights[`${layer}/bias`] as Tensor1D)
}

function kernel(weights: Tensors, name: string): Tensor4D {
  return weights[name] as Tensor4D
}

function alphaOf(alpha: Scalar | null): Scalar {
  if (alpha === null) throw new Error('A network in a fade needs its alpha.')
  return alpha
}
