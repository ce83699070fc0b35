/** Sprout's own kernels by TensorFlow's native ops; see `../ops.ts` for what they compute. */
import * as tf from '@tensorflow/tfjs-core'
import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core'
import { BOX_DOWN_2, FOLD_TAPS_3, NEAREST_UP_2, SUM_TAPS_4 } from '../../compiler/kernels'

/** An attribute of a native op; `type` is one of the binding's numbers. */
type OpAttribute = { name: string; type: number; value: unknown }

/** What tfjs-node's backend offers to kernels. */
type NodeBackend = {
  readonly binding: Readonly<
    Record<
      | 'TF_ATTR_INT'
      | 'TF_ATTR_STRING'
      | 'TF_ATTR_BOOL'
      | 'TF_ATTR_FLOAT'
      | 'TF_ATTR_TYPE'
      | 'TF_FLOAT',
      number
    >
  >
  executeSingleOutput(op: string, attributes: OpAttribute[], inputs: TensorInfo[]): tf.Tensor
}

type NativeKernel = (x: TensorInfo, backend: NodeBackend, attributes: NamedAttrMap) => TensorInfo

/** Registers the kernels with the backend of this name. */
export function registerSproutKernels(backendName: string): void {
  const kernels: Record<string, NativeKernel> = {
    [NEAREST_UP_2]: nearestUp2,
    [BOX_DOWN_2]: boxDown2,
    [SUM_TAPS_4]: (w) => mapTaps(w, 3, 4),
    [FOLD_TAPS_3]: (w) => mapTaps(w, 4, 3),
    [tf.Step]: step,
  }
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (kernelName === tf.Step) tf.unregisterKernel(kernelName, backendName)
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend, attrs }) =>
        tf.tidy(
          () => kernel(inputs['x'] as TensorInfo, backend as NodeBackend, attrs ?? {}) as tf.Tensor,
        ),
    })
  }
}

function floats({ binding }: NodeBackend): OpAttribute {
  return { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }
}

function nearestUp2(x: TensorInfo, backend: NodeBackend): TensorInfo {
  const [, height, width] = x.shape as [number, number, number, number]
  const bool = backend.binding.TF_ATTR_BOOL
  return backend.executeSingleOutput(
    'ResizeNearestNeighbor',
    [
      floats(backend),
      { name: 'align_corners', type: bool, value: false },
      { name: 'half_pixel_centers', type: bool, value: false },
    ],
    [x, tf.tensor1d([2 * height, 2 * width], 'int32')],
  )
}

function boxDown2(x: TensorInfo, backend: NodeBackend): TensorInfo {
  const { TF_ATTR_INT, TF_ATTR_STRING } = backend.binding
  return backend.executeSingleOutput(
    'AvgPool',
    [
      floats(backend),
      { name: 'ksize', type: TF_ATTR_INT, value: [1, 2, 2, 1] },
      { name: 'strides', type: TF_ATTR_INT, value: [1, 2, 2, 1] },
      { name: 'padding', type: TF_ATTR_STRING, value: 'VALID' },
      { name: 'data_format', type: TF_ATTR_STRING, value: 'NHWC' },
    ],
    [x],
  )
}

/** Both maps between taps as one product with a matrix of ones and zeros: [to * to, from * from] by [from * from, a * b]. */
function mapTaps(w: TensorInfo, from: 3 | 4, to: 3 | 4): TensorInfo {
  const [, , a, b] = w.shape as [number, number, number, number]
  // What kernels get of their inputs are the tensors themselves.
  const flat = tf.reshape(w as tf.Tensor, [from * from, a * b])
  return tf.reshape(tf.matMul(tapMatrix(from, to), flat), [to, to, a, b])
}

/** 1 where a tap (i, j) of the 3x3 kernel and a tap (i + p, j + q) of the 4x4 one belong together, p and q in {0, 1}. */
function tapMatrix(from: number, to: number): tf.Tensor2D {
  const ones = new Float32Array(144)
  for (let row = 0; row < to * to; row++) {
    for (let column = 0; column < from * from; column++) {
      const sign = to > from ? 1 : -1
      const down = sign * (Math.floor(row / to) - Math.floor(column / from))
      const right = sign * ((row % to) - (column % from))
      const together = (down === 0 || down === 1) && (right === 0 || right === 1)
      if (together) ones[row * from * from + column] = 1
    }
  }
  return tf.tensor2d(ones, [to * to, from * from])
}

/** 1 where x > 0, else alpha: what leaky ReLU does to ones, in two native ops instead of the package's eight. */
function step(x: TensorInfo, backend: NodeBackend, { alpha }: NamedAttrMap): TensorInfo {
  const { TF_ATTR_FLOAT } = backend.binding
  const ones = backend.executeSingleOutput('OnesLike', [floats(backend)], [x])
  return backend.executeSingleOutput(
    'LeakyReluGrad',
    [floats(backend), { name: 'alpha', type: TF_ATTR_FLOAT, value: alpha }],
    [ones, x],
  )
}
