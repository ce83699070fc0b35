import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import { boxDown2, nearestUp2 } from '../runtime/ops'

/** `from` at 0, `to` at 1, linear between; `weight` broadcasts. */
export function lerp<T extends Tensor>(from: T, to: T, weight: Tensor): T {
  return tf.add(from, tf.mul(tf.sub(to, from), weight))
}

/**
 * Real pictures as the discriminator sees them in a fade: at alpha 0 no more than the resolution below can show,
 * at 1 as they are. [n, r, r, c] to the same shape (section 2).
 */
export function fadeReals(images: Tensor4D, alpha: Scalar): Tensor4D {
  return lerp(nearestUp2(boxDown2(images)), images, alpha)
}
