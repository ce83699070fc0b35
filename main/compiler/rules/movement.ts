import * as tf from '@tensorflow/tfjs-core'
import type { Shape, Value } from '../ir'
import { first, rule, type KernelCall, type KernelRule } from './rule'

/** Kernels that move elements and change none. */
export const MOVEMENT_RULES: Readonly<Record<string, KernelRule>> = {
  [tf.Reshape]: rule(({ builder, args, attrs }) => {
    const x = first(args)
    const size = tf.util.sizeFromShape([...x.shape])
    return builder.reshape(x, tf.util.inferFromImplicitShape(attrs['shape'] as number[], size))
  }),
  [tf.ExpandDims]: rule(({ builder, args, attrs }) => {
    const shape = [...first(args).shape]
    const dim = attrs['dim'] as number
    shape.splice(dim < 0 ? shape.length + 1 + dim : dim, 0, 1)
    return builder.reshape(first(args), shape)
  }),
  [tf.Transpose]: rule(({ builder, args, attrs }) =>
    builder.add({ kind: 'transpose', order: attrs['perm'] as number[] }, first(args)),
  ),
  [tf.Concat]: rule(({ builder, args, attrs }) => {
    const [axis = 0] = tf.util.parseAxisParam(attrs['axis'] as number, [...first(args).shape])
    return builder.add({ kind: 'concat', axis }, ...args)
  }),
  [tf.Pack]: rule(({ builder, args, attrs }) => {
    const rank = first(args).shape.length + 1
    const axis = ((attrs['axis'] as number) + rank) % rank
    const parts = args.map((arg) =>
      builder.reshape(arg, [...arg.shape.slice(0, axis), 1, ...arg.shape.slice(axis)]),
    )
    return builder.add({ kind: 'concat', axis }, ...parts)
  }),
  [tf.SplitV]: rule(splitRecord),
  [tf.Unpack]: rule(({ builder, args, attrs }) => {
    const x = first(args)
    const axis = ((attrs['axis'] as number) + x.shape.length) % x.shape.length
    const shape = x.shape.filter((_, i) => i !== axis)
    const sizes = x.shape.map((n, i) => (i === axis ? 1 : n))
    return Array.from({ length: x.shape[axis] ?? 0 }, (_, at) =>
      builder.reshape(
        builder.add(
          { kind: 'slice', begin: x.shape.map((_, i) => (i === axis ? at : 0)), size: sizes },
          x,
        ),
        shape,
      ),
    )
  }),
  [tf.Slice]: rule(({ builder, args, attrs }) => {
    const x = first(args)
    const [begin = [], size = []] = tf.slice_util.parseSliceParams(
      x as unknown as tf.TensorInfo,
      attrs['begin'] as number[],
      attrs['size'] as number[],
    )
    return builder.add({ kind: 'slice', begin, size }, x)
  }),
  [tf.PadV2]: rule(({ builder, args, attrs }) => {
    const paddings = attrs['paddings'] as [number, number][]
    const before = paddings.map(([n]) => n)
    const after = paddings.map(([, n]) => n)
    return builder.add(
      { kind: 'pad', before, after, value: attrs['constantValue'] as number },
      first(args),
    )
  }),
  [tf.Tile]: rule(({ builder, args, attrs }) => {
    const repeats = attrs['reps'] as number[]
    const x = first(args)
    const rank = Math.max(repeats.length, x.shape.length)
    const padded = (list: Shape): number[] => [
      ...new Array<number>(rank - list.length).fill(1),
      ...list,
    ]
    return builder.add(
      { kind: 'tile', repeats: padded(repeats) },
      builder.reshape(x, padded(x.shape)),
    )
  }),
  [tf.BroadcastTo]: rule(({ builder, args, attrs }) =>
    builder.broadcast(first(args), attrs['shape'] as number[]),
  ),
  [tf.Reverse]: rule(({ builder, args, attrs }) => {
    const x = first(args)
    return builder.add(
      { kind: 'reverse', axes: tf.util.parseAxisParam(attrs['dims'] as number[], [...x.shape]) },
      x,
    )
  }),
}

function splitRecord({ builder, args, attrs }: KernelCall): Value[] {
  const x = first(args)
  const [axis = 0] = tf.util.parseAxisParam(attrs['axis'] as number, [...x.shape])
  const sizes = tf.backend_util.prepareSplitSize(
    x as unknown as tf.Tensor,
    attrs['numOrSizeSplits'] as number[],
    axis,
  )
  let start = 0
  return sizes.map((size) => {
    const begin = x.shape.map((_, i) => (i === axis ? start : 0))
    start += size
    return builder.add(
      { kind: 'slice', begin, size: x.shape.map((n, i) => (i === axis ? size : n)) },
      x,
    )
  })
}
