/** Sprout's own kernels for tfjs' CPU backend, as plain loops: what the compiled graphs are compared with. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { BOX_DOWN_2, FOLD_TAPS_3, NEAREST_UP_2, SUM_TAPS_4 } from '../compiler/kernels'

type Shape4D = readonly [number, number, number, number]

/** Where the values of the CPU backend are read and made. */
type CpuBackend = {
  readSync(id: object): Float32Array
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo
}

/** Visits (from, to, weight) of a linear map between flat 4-D arrays. */
type LinearMap = (shape: Shape4D, visit: (from: number, to: number, weight: number) => void) => void

function register(kernelName: string, outShape: (shape: Shape4D) => Shape4D, map: LinearMap): void {
  tf.registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend }) => {
      const cpu = backend as CpuBackend
      const x = inputs['x'] as tf.TensorInfo
      const shape = x.shape as unknown as Shape4D
      const from = cpu.readSync(x.dataId)
      const toShape = [...outShape(shape)]
      const to = new Float32Array(toShape.reduce((a, b) => a * b, 1))
      map(shape, (i, j, weight) => {
        to[j] = (to[j] as number) + weight * (from[i] as number)
      })
      return cpu.makeTensorInfo(toShape, 'float32', to)
    },
  })
}

/** Every (small, big) pair of pixels of a map [n, h, w, c] and its double. */
function eachPixelPair([n, h, w, c]: Shape4D, visit: (small: number, big: number) => void): void {
  for (let row = 0; row < n * 2 * h; row++) {
    for (let column = 0; column < 2 * w; column++) {
      for (let channel = 0; channel < c; channel++) {
        visit(((row >> 1) * w + (column >> 1)) * c + channel, (row * 2 * w + column) * c + channel)
      }
    }
  }
}

/** Every (3x3 tap, 4x4 tap) pair of kernels [3, 3, a, b] and [4, 4, a, b]. */
function eachTapPair(a: number, b: number, visit: (small: number, big: number) => void): void {
  for (let tap = 0; tap < 36; tap++) {
    const [i, j, p, q] = [
      Math.floor(tap / 12),
      Math.floor(tap / 4) % 3,
      (tap >> 1) & 1,
      tap & 1,
    ] as const
    for (let k = 0; k < a * b; k++)
      visit((i * 3 + j) * a * b + k, ((i + p) * 4 + j + q) * a * b + k)
  }
}

register(
  NEAREST_UP_2,
  ([n, h, w, c]) => [n, 2 * h, 2 * w, c],
  (shape, visit) => eachPixelPair(shape, (small, big) => visit(small, big, 1)),
)
register(
  BOX_DOWN_2,
  ([n, h, w, c]) => [n, h / 2, w / 2, c],
  ([n, h, w, c], visit) =>
    eachPixelPair([n, h / 2, w / 2, c], (small, big) => visit(big, small, 0.25)),
)
register(
  SUM_TAPS_4,
  ([, , a, b]) => [4, 4, a, b],
  ([, , a, b], visit) => eachTapPair(a, b, (small, big) => visit(small, big, 1)),
)
register(
  FOLD_TAPS_3,
  ([, , a, b]) => [3, 3, a, b],
  ([, , a, b], visit) => eachTapPair(a, b, (small, big) => visit(big, small, 1)),
)
