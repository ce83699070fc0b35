import type { GraphBuilder } from '../builder'
import type { Op, Value } from '../ir'
import { sameNumbers, sizeOf } from '../ir'

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

/** Cheaper forms of operations that move numbers without changing them; null where there is none. */
export function simplifyMovement(
  builder: GraphBuilder,
  value: Value,
  args: readonly Value[],
): Value | null {
  const [x] = args
  if (!x) return null
  if (
    args.length === 1 &&
    value.op.kind !== 'reshape' &&
    sameNumbers(x.shape, value.shape) &&
    isIdentity(value.op)
  )
    return x
  if (args.length === 1 && x.op.kind === 'fill' && keepsFill(value.op, x.op.value))
    return builder.fill(value.shape, x.op.value)
  switch (value.op.kind) {
    case 'reshape':
      return simplifyReshape(builder, value.op, x)
    case 'broadcast':
      return x.op.kind === 'broadcast' && x.args[0]
        ? builder.broadcast(x.args[0], value.shape)
        : null
    case 'transpose':
      return simplifyTranspose(builder, value.op, x)
    case 'tile': {
      const { repeats } = value.op
      return x.shape.every((n, i) => n === 1 || repeats[i] === 1)
        ? builder.broadcast(x, value.shape)
        : null
    }
    case 'concat':
      return args.length === 1 ? x : null
    case 'slice':
      return simplifySlice(builder, value.op, x)
    default:
      return null
  }
}

/** Whether an operation that leaves the shape as it is leaves the numbers as they are too. */
function isIdentity(op: Op): boolean {
  if (op.kind === 'transpose') return op.order.every((axis, i) => axis === i)
  return op.kind === 'broadcast' || op.kind === 'tile' || op.kind === 'slice' || op.kind === 'pad'
}

function keepsFill(op: Op, number: number): boolean {
  if (op.kind === 'pad') return op.value === number
  if (op.kind === 'resample') return number === 0 || op.fn === 'nearestUp2' || op.fn === 'boxDown2'
  return ['reshape', 'broadcast', 'transpose', 'tile', 'slice', 'reverse'].includes(op.kind)
}

function simplifyReshape(builder: GraphBuilder, op: OpOf<'reshape'>, x: Value): Value | null {
  if (sameNumbers(op.shape, x.shape)) return x
  const [inner] = x.args
  if (x.op.kind === 'reshape' && inner) return builder.reshape(inner, op.shape)
  if (x.op.kind === 'broadcast' && inner && sizeOf(inner.shape) === 1) {
    return builder.broadcast(builder.reshape(inner, []), op.shape)
  }
  return null
}

function simplifyTranspose(builder: GraphBuilder, op: OpOf<'transpose'>, x: Value): Value | null {
  const [inner] = x.args
  if (x.op.kind !== 'transpose' || !inner) return null
  const before = x.op.order
  return builder.add(
    { kind: 'transpose', order: op.order.map((axis) => before[axis] ?? axis) },
    inner,
  )
}

/** A slice that takes exactly one part of a concatenation is that part. */
function simplifySlice(builder: GraphBuilder, op: OpOf<'slice'>, x: Value): Value | null {
  const [inner] = x.args
  if (x.op.kind === 'slice' && inner) {
    const outer = x.op.begin
    return builder.add(
      { kind: 'slice', begin: op.begin.map((n, i) => n + (outer[i] ?? 0)), size: op.size },
      inner,
    )
  }
  if (x.op.kind !== 'concat') return null
  const { axis } = x.op
  let start = 0
  for (const part of x.args) {
    if (start === op.begin[axis] && sameNumbers(part.shape, op.size)) return part
    start += part.shape[axis] ?? 0
  }
  return null
}
