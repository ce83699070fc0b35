import * as tf from '@tensorflow/tfjs-core'
import type { BinaryFunction, UnaryFunction } from '../ir'
import { first, input, rule, type KernelRule } from './rule'

/** Kernels that take each element by itself, or with its counterparts after broadcasting. */
export const ELEMENTWISE_RULES: Readonly<Record<string, KernelRule>> = {
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
