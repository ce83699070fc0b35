/**
 * Differentiable augmentation (Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training"): what
 * the discriminator sees is changed at random, real pictures and generated ones alike. All of it can be differentiated
 * any number of times by the pictures; the random numbers are inputs, drawn as in `augmentDraws.ts`.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Augmentation } from '../../shared/domain/trainConfig'
import type { TensorSpec, Tensors } from '../runtime/engine'
import { DRAWS_PER_PICTURE, drawName, holeSize } from './augmentDraws'
import { lerp } from './fade'
import type { Augment } from './losses'

type Kind = keyof Augment

/** The inputs that augmentation takes: numbers for each of `batch` reals and each of `batch` fakes. */
export function augmentInputs(
  kinds: readonly Augmentation[],
  batch: number,
): Record<string, TensorSpec> {
  const specs: Record<string, TensorSpec> = {}
  for (const kind of kinds) {
    for (const of of ['reals', 'fakes'] as const) {
      specs[drawName(kind, of)] = { shape: [batch, DRAWS_PER_PICTURE[kind]] }
    }
  }
  return specs
}

/** What pictures [n, r, r, c] go through, by the numbers among `inputs`: nothing when `kinds` is empty. */
export function augmentBy(kinds: readonly Augmentation[], inputs: Tensors): Augment {
  const chain = (of: Kind) => (images: Tensor4D) => {
    const numbers = (kind: Augmentation) => inputs[drawName(kind, of)] as Tensor2D
    let seen = images
    if (kinds.includes('color')) seen = recolour(seen, numbers('color'))
    if (kinds.includes('translation')) seen = translate(seen, numbers('translation'))
    if (kinds.includes('cutout')) seen = cutOut(seen, numbers('cutout'))
    return seen
  }
  return { reals: chain('reals'), fakes: chain('fakes') }
}

/**
 * Adds to the brightness, then stretches saturation (the distance to each pixel's mean over its colours) and contrast
 * (the distance to the picture's mean). `numbers` [n, 3]: addend, factor, factor. Transparency stays as it is.
 */
export function recolour(images: Tensor4D, numbers: Tensor2D): Tensor4D {
  const [n, height, width, channels] = images.shape
  const colours = channels === 4 ? tf.slice(images, [0, 0, 0, 0], [n, height, width, 3]) : images
  const bright: Tensor4D = tf.add(colours, perPicture(numbers, 0))
  const grey = channels === 1 ? null : (tf.mean(bright, 3, true) as Tensor4D)
  const saturated = grey === null ? bright : lerp<Tensor>(grey, bright, perPicture(numbers, 1))
  const average = tf.mean(saturated, [1, 2, 3], true)
  const contrasted = lerp<Tensor>(average, saturated, perPicture(numbers, 2)) as Tensor4D
  if (channels !== 4) return contrasted
  return tf.concat([contrasted, tf.slice(images, [0, 0, 0, 3], [n, height, width, 1])], 3)
}

/**
 * Moves each picture by whole pixels, `numbers` [n, 2] rows down and columns to the right; what comes in is 0. Shifts
 * are products with matrices of zeros and ones, whose gradients are products again.
 */
export function translate(images: Tensor4D, numbers: Tensor2D): Tensor4D {
  const [n, height, width, channels] = images.shape
  const rows = tf.reshape(images, [n, height, width * channels]) as Tensor3D
  const down = tf.reshape(tf.matMul(shiftMatrix(numbers, 0, height), rows), images.shape)
  const turned = tf.transpose(down, [0, 2, 1, 3])
  const columns = tf.reshape(turned, [n, width, height * channels]) as Tensor3D
  const across = tf.matMul(shiftMatrix(numbers, 1, width), columns)
  return tf.transpose(tf.reshape(across, [n, width, height, channels]), [0, 2, 1, 3])
}

/** Sets a square of {@link holeSize} to 0; `numbers` [n, 2]: its first row and column, which may lie outside. */
export function cutOut(images: Tensor4D, numbers: Tensor2D): Tensor4D {
  const [, height, width] = images.shape
  const inRows = isWithin(numbers, 0, tf.tensor4d(counting(height), [1, height, 1, 1]))
  const inColumns = isWithin(numbers, 1, tf.tensor4d(counting(width), [1, 1, width, 1]))
  return tf.mul(images, tf.sub(1, tf.mul(inRows, inColumns)))
}

/** [n, size, size] with a one where the column's index moved by the picture's shift is the row's. */
function shiftMatrix(numbers: Tensor2D, column: number, size: number): Tensor3D {
  const to = tf.tensor3d(counting(size), [1, size, 1])
  const from = tf.tensor3d(counting(size), [1, 1, size])
  const shift = tf.reshape(perPicture(numbers, column), [-1, 1, 1])
  return tf.cast(tf.equal(to, tf.add(from, shift)), 'float32') as Tensor3D
}

/** 1 at the places of a row or column of pixels that the hole covers. */
function isWithin(numbers: Tensor2D, column: number, places: Tensor4D): Tensor4D {
  const offset = tf.sub(places, perPicture(numbers, column))
  const size = holeSize(Math.max(...places.shape))
  const reached = tf.cast(tf.greaterEqual(offset, 0), 'float32')
  return tf.mul(reached, tf.cast(tf.less(offset, size), 'float32'))
}

/** One column of numbers [n, k] as [n, 1, 1, 1]. */
function perPicture(numbers: Tensor2D, column: number): Tensor4D {
  const n = numbers.shape[0]
  return tf.reshape(tf.slice(numbers, [0, column], [n, 1]), [n, 1, 1, 1])
}

function counting(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => i)
}
