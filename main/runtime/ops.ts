/**
 * tfjs ops that every engine of Sprout knows and whose gradients are made of the same ops, so that they can be
 * differentiated any number of times. (tfjs' own resizing, pooling and leaky ReLU stop at the first.)
 */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import type { Tensor4D } from '@tensorflow/tfjs-core'
import { AFTER, BOX_DOWN_2, FOLD_TAPS_3, NEAREST_UP_2, SUM_TAPS_4 } from '../compiler/kernels'

/** Doubles height and width by repeating pixels: [n, h, w, c] to [n, 2h, 2w, c]. */
export function nearestUp2(x: Tensor4D): Tensor4D {
  return runKernel(NEAREST_UP_2, x)
}

/** Halves height and width, both even, by the mean of 2x2 boxes: [n, 2h, 2w, c] to [n, h, w, c]. */
export function boxDown2(x: Tensor4D): Tensor4D {
  const [, height, width] = x.shape
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw new Error(
      `boxDown2 halves even heights and widths; this tensor's shape is [${x.shape.join(', ')}]`,
    )
  }
  return runKernel(BOX_DOWN_2, x)
}

/**
 * The 4x4 kernel that equals a 3x3 kernel followed by (or, transposed, preceded by) a sum over 2x2 boxes:
 * [3, 3, a, b] to [4, 4, a, b], where tap (i, j) is the sum of the 3x3 taps (i - p, j - q) for p, q in {0, 1}.
 * With stride 2 and 'same' padding it replaces "3x3 convolution, then 2x2 sum" at 4/9 of its multiplications;
 * used by `conv2dTranspose` it replaces "nearest x2, then 3x3 convolution" with the taps turned by 180 degrees.
 */
export function sumTaps4(w: Tensor4D): Tensor4D {
  expectTaps('sumTaps4', w, 3)
  return runKernel(SUM_TAPS_4, w)
}

/** The adjoint of `sumTaps4`: [4, 4, a, b] to [3, 3, a, b]. */
export function foldTaps3(w: Tensor4D): Tensor4D {
  expectTaps('foldTaps3', w, 4)
  return runKernel(FOLD_TAPS_3, w)
}

/** x where x > 0, else slope * x, for 0 < slope < 1. Its gradient at 0 is `slope`; its second derivative is 0. */
export function leakyRelu<T extends tf.Tensor>(x: T, slope: number): T {
  const op = tf.customGrad((input, save) => {
    const y = tf.leakyRelu(input as tf.Tensor, slope)
    const keep = save as tf.GradSaveFunc
    keep([y])
    return {
      value: y,
      // y has the sign of x, so x need not be kept.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(dy, tf.step(saved[0] as tf.Tensor, slope)),
    }
  })
  return op(x) as T
}

/**
 * `x`, for work that is not to begin before `others` (at least one, all finite) are known. Engines that do what they
 * are told in that order have nothing to do; where a compiler decides, it is held to it. Has no gradient.
 */
export function after<T extends tf.Tensor>(x: T, others: readonly tf.Tensor[]): T {
  if (tf.getKernel(AFTER, tf.getBackend()) === undefined) return x
  const named = Object.fromEntries(others.map((other, i) => [`after${i}`, other]))
  return tf.engine().runKernel(AFTER, { x, ...named }) as T
}

function runKernel(name: string, x: Tensor4D): Tensor4D {
  return tf.engine().runKernel(name, { x }) as Tensor4D
}

function expectTaps(op: string, w: Tensor4D, taps: number): void {
  if (w.shape[0] === taps && w.shape[1] === taps) return
  throw new Error(
    `${op} takes a [${taps}, ${taps}, a, b] kernel; this tensor's shape is [${w.shape.join(', ')}]`,
  )
}

function registerLinear(kernelName: string, adjoint: (dy: Tensor4D) => Tensor4D): void {
  tf.registerGradient({ kernelName, gradFunc: (dy) => ({ x: () => adjoint(dy as Tensor4D) }) })
}

registerLinear(NEAREST_UP_2, (dy) => tf.mul(boxDown2(dy), 4))
registerLinear(BOX_DOWN_2, (dy) => tf.mul(nearestUp2(dy), 0.25))
registerLinear(SUM_TAPS_4, foldTaps3)
registerLinear(FOLD_TAPS_3, sumTaps4)

// tfjs has no gradient for the filter gradient itself; it is bilinear, so its gradients are the other two forms.
tf.registerGradient({
  kernelName: tf.Conv2DBackpropFilter,
  inputsToSave: ['x', 'dy'],
  gradFunc: (ddw, saved, attrs) => {
    const [x, dy] = saved as [Tensor4D, Tensor4D]
    const { strides, pad, dataFormat, dimRoundingMode } = attrs
    const filter = ddw as Tensor4D
    return {
      x: () =>
        tf.engine().runKernel(tf.Conv2DBackpropInput, { dy, filter }, {
          strides,
          pad,
          dataFormat,
          dimRoundingMode,
          inputShape: x.shape,
        } as tf.NamedAttrMap),
      dy: () =>
        tf.engine().runKernel(tf.Conv2D, { x, filter }, {
          strides,
          pad,
          dataFormat,
          dimRoundingMode,
          dilations: [1, 1],
        } as tf.NamedAttrMap),
    }
  },
})
