import * as tf from '@tensorflow/tfjs-core'
import { NO_EPILOGUE, type ConvWindow, type Shape } from '../ir'
import { input, rule, type KernelRule } from './rule'

/** Matrix products and convolutions. */
export const CONV_RULES: Readonly<Record<string, KernelRule>> = {
  [tf.BatchMatMul]: rule(({ builder, named, attrs }) => {
    const [a, b] = [input(named, 'a'), input(named, 'b')]
    const [transposeA, transposeB] = [Boolean(attrs['transposeA']), Boolean(attrs['transposeB'])]
    return builder.add({ kind: 'matmul', transposeA, transposeB, bias: false }, a, b)
  }),
  [tf.Conv2D]: rule(({ builder, named, attrs }) => {
    const [x, filter] = [input(named, 'x'), input(named, 'filter')]
    const window = windowOf(x.shape, filter.shape, attrs)
    return builder.add({ kind: 'conv', window, epilogue: NO_EPILOGUE }, x, filter)
  }),
  [tf.Conv2DBackpropInput]: rule(({ builder, named, attrs }) => {
    const [dy, filter] = [input(named, 'dy'), input(named, 'filter')]
    const shape = attrs['inputShape'] as [number, number, number, number]
    const window = windowOf(shape, filter.shape, attrs)
    return builder.add(
      { kind: 'convInput', window, size: [shape[1], shape[2]], epilogue: NO_EPILOGUE },
      dy,
      filter,
    )
  }),
  [tf.Conv2DBackpropFilter]: rule(({ builder, named, attrs }) => {
    const [x, dy] = [input(named, 'x'), input(named, 'dy')]
    return builder.add(
      { kind: 'convFilter', window: windowOf(x.shape, attrs['filterShape'] as number[], attrs) },
      x,
      dy,
    )
  }),
}

/** tfjs' padding and strides of a convolution from `map` by `filter`, in our terms. */
function windowOf(map: Shape, filter: Shape, attrs: tf.NamedAttrMap): ConvWindow {
  const info = tf.backend_util.computeConv2DInfo(
    map as [number, number, number, number],
    filter as [number, number, number, number],
    attrs['strides'] as number,
    (attrs['dilations'] as number | undefined) ?? 1,
    attrs['pad'] as 'same',
    attrs['dimRoundingMode'] as 'floor',
  )
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1)
    throw new Error('the compiler has no dilated convolutions')
  if (attrs['dataFormat'] === 'NCHW')
    throw new Error('the compiler has no convolutions with channels first')
  const { top, left, bottom, right } = info.padInfo
  return {
    taps: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
  }
}
