import * as tf from '@tensorflow/tfjs-core'
import type { GraphBuilder } from './builder'
import type {
  BinaryFunction,
  ConvWindow,
  ReduceFunction,
  ResampleFunction,
  Shape,
  UnaryFunction,
  Value,
} from './ir'
import { NO_EPILOGUE } from './ir'
import { AFTER, BOX_DOWN_2, FOLD_TAPS_3, NEAREST_UP_2, SUM_TAPS_4 } from './kernels'

/** A tfjs kernel being recorded. */
export type KernelCall = {
  readonly builder: GraphBuilder
  /** In tfjs' order, for kernels with a list of inputs or only one. */
  readonly args: readonly Value[]
  readonly named: Readonly<Record<string, Value>>
  readonly types: readonly tf.DataType[]
  readonly attrs: tf.NamedAttrMap
}

/** What a tfjs kernel is in the compiler's terms; `type` where it is not that of its first input. */
export type KernelRule = {
  readonly type?: tf.DataType
  record(call: KernelCall): Value | Value[]
}

function rule(record: KernelRule['record']): KernelRule {
  return { record }
}

function unary(fn: UnaryFunction): KernelRule {
  return rule(({ builder, args }) => builder.unary(fn, first(args)))
}

function binary(fn: BinaryFunction, type?: tf.DataType): KernelRule {
  return {
    ...(type ? { type } : {}),
    record: ({ builder, named }) => builder.binary(fn, input(named, 'a'), input(named, 'b')),
  }
}

function reduce(fn: ReduceFunction): KernelRule {
  return rule(({ builder, args, attrs }) => {
    const x = first(args)
    const name = fn === 'max' || fn === 'min' ? 'reductionIndices' : 'axis'
    const axes = tf.util.parseAxisParam((attrs[name] ?? attrs['axis']) as number | number[], [
      ...x.shape,
    ])
    return builder.add(
      {
        kind: 'reduce',
        fn,
        axes: [...axes].sort((a, b) => a - b),
        keep: Boolean(attrs['keepDims']),
      },
      x,
    )
  })
}

function resample(fn: ResampleFunction): KernelRule {
  return rule(({ builder, args }) => builder.add({ kind: 'resample', fn }, first(args)))
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

function first(args: readonly Value[]): Value {
  const [arg] = args
  if (!arg) throw new Error('a tfjs kernel was called without inputs')
  return arg
}

function input(named: Readonly<Record<string, Value>>, name: string): Value {
  const value = named[name]
  if (!value) throw new Error(`a tfjs kernel was called without its input "${name}"`)
  return value
}

/** Every tfjs kernel that programs may use, directly or through gradients. */
export const KERNEL_RULES: Readonly<Record<string, KernelRule>> = {
  [tf.Abs]: unary('abs'),
  [tf.Ceil]: unary('ceil'),
  [tf.Cos]: unary('cos'),
  [tf.Exp]: unary('exp'),
  [tf.Floor]: unary('floor'),
  [tf.Log]: unary('log'),
  [tf.Neg]: unary('neg'),
  [tf.Reciprocal]: unary('reciprocal'),
  [tf.Relu]: unary('relu'),
  [tf.Rsqrt]: unary('rsqrt'),
  [tf.Sigmoid]: unary('sigmoid'),
  [tf.Sign]: unary('sign'),
  [tf.Sin]: unary('sin'),
  [tf.Softplus]: unary('softplus'),
  [tf.Sqrt]: unary('sqrt'),
  [tf.Square]: unary('square'),
  [tf.Tanh]: unary('tanh'),
  [tf.Log1p]: rule(({ builder, args }) =>
    builder.unary('log', builder.binary('add', first(args), builder.fill([], 1))),
  ),
  [tf.Expm1]: rule(({ builder, args }) =>
    builder.binary('sub', builder.unary('exp', first(args)), builder.fill([], 1)),
  ),
  [tf.LogicalNot]: rule(({ builder, args }) =>
    builder.binary('equal', first(args), builder.fill([], 0)),
  ),
  [tf.Identity]: rule(({ builder, args }) => builder.reshape(first(args), first(args).shape)),
  [tf.LeakyRelu]: rule(({ builder, args, attrs }) =>
    builder.add({ kind: 'leakyRelu', slope: attrs['alpha'] as number }, first(args)),
  ),
  [tf.Step]: rule(({ builder, args, attrs }) =>
    builder.add({ kind: 'step', slope: (attrs['alpha'] as number) ?? 0 }, first(args)),
  ),
  [tf.ClipByValue]: rule(({ builder, args, attrs }) =>
    builder.binary(
      'min',
      builder.binary('max', first(args), builder.fill([], attrs['clipValueMin'] as number)),
      builder.fill([], attrs['clipValueMax'] as number),
    ),
  ),
  [tf.ZerosLike]: rule(({ builder, args }) => builder.fill(first(args).shape, 0)),
  [tf.OnesLike]: rule(({ builder, args }) => builder.fill(first(args).shape, 1)),
  [tf.Fill]: {
    type: 'float32',
    record: ({ builder, attrs }) =>
      builder.fill(attrs['shape'] as number[], attrs['value'] as number),
  },
  [tf.Cast]: rule(({ builder, args, types, attrs }) => {
    const [x, to] = [first(args), attrs['dtype']]
    if (to === 'bool') return builder.binary('notEqual', x, builder.fill([], 0))
    if (to !== 'int32' || types[0] !== 'float32') return x
    return builder.binary(
      'mul',
      builder.unary('sign', x),
      builder.unary('floor', builder.unary('abs', x)),
    )
  }),

  [tf.Add]: binary('add'),
  [tf.Sub]: binary('sub'),
  [tf.Multiply]: binary('mul'),
  [tf.RealDiv]: binary('div'),
  [tf.Pow]: binary('pow'),
  [tf.Maximum]: binary('max'),
  [tf.Minimum]: binary('min'),
  [tf.Equal]: binary('equal', 'bool'),
  [tf.NotEqual]: binary('notEqual', 'bool'),
  [tf.Less]: binary('less', 'bool'),
  [tf.LessEqual]: binary('lessEqual', 'bool'),
  [tf.Greater]: binary('greater', 'bool'),
  [tf.GreaterEqual]: binary('greaterEqual', 'bool'),
  [tf.LogicalAnd]: binary('min', 'bool'),
  [tf.LogicalOr]: binary('max', 'bool'),
  [tf.AddN]: rule(({ builder, args }) =>
    args.slice(1).reduce((sum, arg) => builder.binary('add', sum, arg), first(args)),
  ),
  [tf.SquaredDifference]: rule(({ builder, named }) =>
    builder.unary('square', builder.binary('sub', input(named, 'a'), input(named, 'b'))),
  ),
  [tf.Select]: {
    type: 'float32',
    record: ({ builder, named }) =>
      builder.add(
        { kind: 'select' },
        input(named, 'condition'),
        input(named, 't'),
        input(named, 'e'),
      ),
  },

  [tf.Sum]: reduce('sum'),
  [tf.Mean]: reduce('mean'),
  [tf.Max]: reduce('max'),
  [tf.Min]: reduce('min'),

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

  [NEAREST_UP_2]: resample('nearestUp2'),
  [BOX_DOWN_2]: resample('boxDown2'),
  [SUM_TAPS_4]: resample('sumTaps4'),
  [FOLD_TAPS_3]: resample('foldTaps3'),
  [AFTER]: rule(({ builder, args }) => builder.add({ kind: 'after' }, ...args)),
}
