import type { GraphBuilder } from '../builder'
import { rewrite } from '../builder'
import type { BinaryFunction, Graph, Op, Shape, Value } from '../ir'
import { sameNumbers, sizeOf } from '../ir'
import { shapeOf } from '../shapes'
import { simplifyMovement } from './movementAlgebra'

/**
 * The graph with operations replaced by cheaper equal ones. Equal up to rounding and for finite numbers:
 * 0 times anything is taken to be 0.
 */
export function simplifyAlgebra(graph: Graph): Graph {
  return rewrite(graph, (builder, value, args) => {
    switch (value.op.kind) {
      case 'unary':
      case 'leakyRelu':
      case 'step':
      case 'select':
        return underBroadcast(builder, value.op, args)
      case 'binary':
        return simplifyBinary(builder, value.op.fn, args) ?? underBroadcast(builder, value.op, args)
      case 'reduce':
        return simplifyReduce(builder, value.op, args)
      case 'conv':
      case 'convInput':
      case 'convFilter':
      case 'matmul':
        return args.slice(0, 2).some((arg) => isFill(arg, 0)) && args.length === 2
          ? builder.fill(value.shape, 0)
          : null
      default:
        return simplifyMovement(builder, value, args)
    }
  })
}

export function isFill(value: Value, number?: number): boolean {
  return value.op.kind === 'fill' && (number === undefined || value.op.value === number)
}

/** f(broadcast x) is broadcast f(x), for any f that works element by element. */
function underBroadcast(builder: GraphBuilder, op: Op, args: readonly Value[]): Value | null {
  if (!args.some((arg) => arg.op.kind === 'broadcast')) return null
  const narrow = args.map((arg) => (arg.op.kind === 'broadcast' ? (arg.args[0] ?? arg) : arg))
  return builder.broadcast(
    builder.add(op, ...narrow),
    shapeOf(
      op,
      args.map((arg) => arg.shape),
    ),
  )
}

function simplifyBinary(
  builder: GraphBuilder,
  fn: BinaryFunction,
  args: readonly Value[],
): Value | null {
  const [a, b] = args
  if (!a || !b) return null
  const shape = shapeOf({ kind: 'binary', fn }, [a.shape, b.shape])
  if (isFill(a) && (fn === 'add' || fn === 'mul') && !isFill(b))
    return withNumber(builder, fn, b, numberOf(a), shape)
  if (isFill(b)) return withNumber(builder, fn, a, numberOf(b), shape)
  if (isFill(a, 0) && fn === 'sub') return builder.broadcast(builder.unary('neg', b), shape)
  if (isFill(a, 0) && fn === 'div') return builder.fill(shape, 0)
  if (isFill(a) && a.shape.length > 0) {
    return builder.broadcast(builder.binary(fn, builder.fill([], numberOf(a)), b), shape)
  }
  if (a === b && fn === 'mul') return builder.unary('square', a)
  if (fn === 'add' && b.op.kind === 'unary' && b.op.fn === 'neg' && b.args[0])
    return builder.binary('sub', a, b.args[0])
  if (fn === 'sub' && b.op.kind === 'unary' && b.op.fn === 'neg' && b.args[0])
    return builder.binary('add', a, b.args[0])
  return null
}

function numberOf(value: Value): number {
  return value.op.kind === 'fill' ? value.op.value : NaN
}

/** `x` fn `number`, as a value of `shape`. */
function withNumber(
  builder: GraphBuilder,
  fn: BinaryFunction,
  x: Value,
  number: number,
  shape: Shape,
): Value | null {
  const neutral = (fn === 'add' || fn === 'sub') && number === 0
  if (neutral || ((fn === 'mul' || fn === 'div' || fn === 'pow') && number === 1))
    return builder.broadcast(x, shape)
  if (fn === 'mul' && number === 0) return builder.fill(shape, 0)
  if (fn === 'mul' && number === -1) return builder.broadcast(builder.unary('neg', x), shape)
  if (fn === 'div') return withNumber(builder, 'mul', x, 1 / number, shape)
  if (fn === 'pow' && number === 2) return builder.broadcast(builder.unary('square', x), shape)
  if (fn === 'pow' && number === 0.5) return builder.broadcast(builder.unary('sqrt', x), shape)
  const inner = x.op.kind === 'binary' && x.op.fn === 'mul' && fn === 'mul' ? x.args : []
  const [base, factor] = inner
  if (base && factor && isFill(factor))
    return withNumber(builder, 'mul', base, numberOf(factor) * number, shape)
  if (sameNumbers(shape, x.shape) && x.op.kind !== 'broadcast') {
    return builder.binary(fn, x, builder.fill([], number))
  }
  const narrow = x.op.kind === 'broadcast' ? (x.args[0] ?? x) : x
  return builder.broadcast(builder.binary(fn, narrow, builder.fill([], number)), shape)
}

function simplifyReduce(
  builder: GraphBuilder,
  op: Extract<Op, { kind: 'reduce' }>,
  args: readonly Value[],
): Value | null {
  const [x] = args
  if (!x) return null
  const shape = shapeOf(op, [x.shape])
  const count = sizeOf(op.axes.map((axis) => x.shape[axis] ?? 1))
  if (x.op.kind === 'fill')
    return builder.fill(shape, op.fn === 'sum' ? x.op.value * count : x.op.value)
  if (count === 1) return builder.reshape(x, shape)
  const narrow = x.op.kind === 'broadcast' ? x.args[0] : undefined
  if (!narrow) return null
  // Equal elements need no adding up: reduce what was there before, and count.
  const lifted = builder.reshape(narrow, [
    ...new Array<number>(x.shape.length - narrow.shape.length).fill(1),
    ...narrow.shape,
  ])
  const reduced = builder.add(op, lifted)
  const copies = count / sizeOf(op.axes.map((axis) => lifted.shape[axis] ?? 1))
  const total = op.fn === 'sum' ? builder.binary('mul', reduced, builder.fill([], copies)) : reduced
  return builder.broadcast(total, shape)
}
