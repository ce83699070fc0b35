import type { BinaryFunction, Op, UnaryFunction, Value } from '../ir'
import { sameNumbers, sizeOf } from '../ir'
import type { Placed } from './emitter'
import type { Layout } from './layout'
import { fitsLayout, PIXELS_FIRST, rowMajor, sameLayout } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

const UNARY_NODES: Readonly<Record<UnaryFunction, string>> = {
  abs: 'Abs',
  ceil: 'Ceil',
  cos: 'Cos',
  exp: 'Exp',
  floor: 'Floor',
  log: 'Log',
  neg: 'Neg',
  reciprocal: 'Reciprocal',
  relu: 'Relu',
  rsqrt: 'Sqrt',
  sigmoid: 'Sigmoid',
  sign: 'Sign',
  sin: 'Sin',
  softplus: 'Softplus',
  sqrt: 'Sqrt',
  square: 'Mul',
  tanh: 'Tanh',
}

type BinaryNode = { readonly type: string; readonly truth?: 'is' | 'not' }

const BINARY_NODES: Readonly<Record<BinaryFunction, BinaryNode>> = {
  add: { type: 'Add' },
  sub: { type: 'Sub' },
  mul: { type: 'Mul' },
  div: { type: 'Div' },
  pow: { type: 'Pow' },
  max: { type: 'Max' },
  min: { type: 'Min' },
  equal: { type: 'Equal', truth: 'is' },
  notEqual: { type: 'Equal', truth: 'not' },
  less: { type: 'Less', truth: 'is' },
  lessEqual: { type: 'LessOrEqual', truth: 'is' },
  greater: { type: 'Greater', truth: 'is' },
  greaterEqual: { type: 'GreaterOrEqual', truth: 'is' },
}

/** Times this, all but the smallest numbers are beyond [slope, 1], so that a clamp is a step, in two fast passes. */
const STEEP = 1e30
const ONNX_FLOAT = 1
const ONNX_BOOL = 9

function lowerUnary(low: Lowering, value: Value, fn: UnaryFunction): Placed {
  const x = low.placed(arg(value, 0))
  const inputs = fn === 'square' ? [x.name, x.name] : [x.name]
  const name = low.emit.node(UNARY_NODES[fn], inputs)
  return { ...x, name: fn === 'rsqrt' ? low.emit.node('Reciprocal', [name]) : name }
}

function lowerLeakyRelu(low: Lowering, value: Value, slope: number): Placed {
  const x = low.placed(arg(value, 0))
  return { ...x, name: low.emit.node('LeakyRelu', [x.name], { alpha: { float: slope } }) }
}

function lowerStep(low: Lowering, value: Value, slope: number): Placed {
  const x = low.placed(arg(value, 0))
  if (slope < 0 || slope > 1) {
    const above = low.emit.node('Greater', [x.name, low.emit.number(0)])
    return {
      ...x,
      name: low.emit.node('Where', [above, low.emit.number(1), low.emit.number(slope)]),
    }
  }
  const steep = low.emit.node('Mul', [x.name, low.emit.number(STEEP)])
  return { ...x, name: low.emit.node('Clip', [steep, low.emit.number(slope), low.emit.number(1)]) }
}

function lowerBinary(low: Lowering, value: Value, fn: BinaryFunction): Placed {
  const { names, layout } = together(low, value)
  const { type, truth } = BINARY_NODES[fn]
  const name = low.emit.node(type, names)
  if (!truth) return { name, shape: value.shape, layout }
  const boolean = truth === 'not' ? low.emit.node('Not', [name]) : name
  return {
    name: low.emit.node('Cast', [boolean], { to: { int: ONNX_FLOAT } }),
    shape: value.shape,
    layout,
  }
}

function lowerSelect(low: Lowering, value: Value): Placed {
  const { names, layout } = together(low, value)
  const [condition = '', yes = '', no = ''] = names
  const boolean = low.emit.node('Cast', [condition], { to: { int: ONNX_BOOL } })
  return { name: low.emit.node('Where', [boolean, yes, no]), shape: value.shape, layout }
}

/** A value's arguments in one layout, ready for ONNX's broadcasting. */
function together(low: Lowering, value: Value): { names: string[]; layout: Layout } {
  const args = value.args.map((argument) => low.placed(argument))
  const layout = commonLayout(low, args, value)
  const names = args.map((x) => {
    if (sizeOf(x.shape) === 1) return x.shape.length === 0 ? x.name : scalar(low, x)
    return low.emit.place(low.emit.lift(x, value.shape.length), layout).name
  })
  // All scalars by themselves would lose the value's rank.
  if (value.shape.length > 0 && args.every((x) => sizeOf(x.shape) === 1)) {
    const ones = value.shape.map(() => 1)
    return {
      names: names.map((name) => low.emit.reshape(name, ones)),
      layout: rowMajor(value.shape.length),
    }
  }
  return { names, layout }
}

function scalar(low: Lowering, x: Placed): string {
  return low.emit.reshape(x.name, [])
}

/**
 * The layout of the biggest argument, a kernel's rather than a plain one, so that as little as possible moves. Of two
 * kernels' the one that was there first: a gradient meets the map that the forward pass left, and goes where that went.
 */
function commonLayout(low: Lowering, args: readonly Placed[], value: Value): Layout {
  const whole = args.filter((x) => sameNumbers(x.shape, value.shape))
  const big = args
    .filter(
      (x) =>
        x.shape.length === value.shape.length && fitsLayout(x.layout, value.shape, low.emit.block),
    )
    .sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape))
  const ofKernels = value.args
    .map((argument) => ({ age: argument.id, x: low.placed(argument) }))
    .filter(({ x }) => whole.includes(x) && isKernels(x.layout))
    .sort((a, b) => a.age - b.age)
  const best = ofKernels[0]?.x ?? (whole.length > 0 ? whole : big)[0]
  return best?.layout ?? rowMajor(value.shape.length)
}

function isKernels(layout: Layout): boolean {
  return layout.length > 4 || sameLayout(layout, PIXELS_FIRST)
}

export type ElementwiseOp = Extract<
  Op,
  { kind: 'unary' | 'leakyRelu' | 'step' | 'binary' | 'select' }
>

export function lowerElementwise(low: Lowering, value: Value, op: ElementwiseOp): Placed {
  switch (op.kind) {
    case 'unary':
      return lowerUnary(low, value, op.fn)
    case 'leakyRelu':
      return lowerLeakyRelu(low, value, op.slope)
    case 'step':
      return lowerStep(low, value, op.slope)
    case 'binary':
      return lowerBinary(low, value, op.fn)
    case 'select':
      return lowerSelect(low, value)
    default:
      return op satisfies never
  }
}
