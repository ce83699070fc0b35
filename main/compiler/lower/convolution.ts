import type { Op, Value } from '../ir'
import { blockedConv, blockedConvInput } from './blockedConv'
import { blockedConvFilter } from './blockedFilter'
import { lowerConv, lowerConvFilter, lowerConvInput } from './conv'
import type { Placed } from './emitter'
import type { Lowering } from './lowering'
import { kernelFor } from './lowering'
import { winogradConv, winogradConvFilter, winogradConvInput } from './winograd'

export type ConvolutionOp = Extract<Op, { kind: 'conv' | 'convInput' | 'convFilter' }>

/** A convolution or one of its gradients by the kernel that was chosen for it, or by ONNX's own where that does not apply. */
export function lowerConvolution(low: Lowering, value: Value, op: ConvolutionOp): Placed {
  const kernel = kernelFor(low.kernels, value)
  switch (op.kind) {
    case 'conv':
      return (
        (kernel === 'winograd' && winogradConv(low, value, op)) ||
        (kernel === 'blocked' && blockedConv(low, value, op)) ||
        lowerConv(low, value, op)
      )
    case 'convInput':
      return (
        (kernel === 'winograd' && winogradConvInput(low, value, op)) ||
        (kernel === 'blocked' && blockedConvInput(low, value, op)) ||
        lowerConvInput(low, value, op)
      )
    case 'convFilter':
      return (
        (kernel === 'winograd' && winogradConvFilter(low, value)) ||
        (kernel === 'blocked' && blockedConvFilter(low, value, op)) ||
        lowerConvFilter(low, value, op)
      )
    default:
      return op satisfies never
  }
}
