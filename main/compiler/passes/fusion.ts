import { rewrite } from '../builder'
import type { GraphBuilder } from '../builder'
import type { Graph, Op, Value } from '../ir'
import { sameNumbers, sizeOf } from '../ir'

/** The graph with biases and leaky ReLUs done by the convolution, or the matrix product, that they follow. */
export function fuseEpilogues(graph: Graph): Graph {
  const uses = new Map<Value, number>()
  const use = (value: Value): unknown => uses.set(value, (uses.get(value) ?? 0) + 1)
  for (const value of graph.values) value.args.forEach(use)
  for (const value of graph.outputs.values()) use(value)
  const usedOnce = new Set<Value>()
  return rewrite(graph, (builder, value, args) => {
    const made = fuse(builder, value, args, usedOnce) ?? builder.add(value.op, ...args)
    if (uses.get(value) === 1) usedOnce.add(made)
    return made
  })
}

function fuse(
  builder: GraphBuilder,
  value: Value,
  args: readonly Value[],
  usedOnce: ReadonlySet<Value>,
): Value | null {
  const [a, b] = args
  if (value.op.kind === 'leakyRelu' && a && usedOnce.has(a)) {
    const op = withSlope(a.op, value.op.slope)
    return op && builder.add(op, ...a.args)
  }
  if (value.op.kind !== 'binary' || value.op.fn !== 'add' || !a || !b) return null
  return withBias(builder, a, b, usedOnce) ?? withBias(builder, b, a, usedOnce)
}

function withSlope(op: Op, slope: number): Op | null {
  if ((op.kind !== 'conv' && op.kind !== 'convInput') || op.epilogue.slope !== null) return null
  return { ...op, epilogue: { ...op.epilogue, slope } }
}

function withBias(
  builder: GraphBuilder,
  sum: Value,
  bias: Value,
  usedOnce: ReadonlySet<Value>,
): Value | null {
  const channels = sum.shape[sum.shape.length - 1] ?? 0
  const isBias =
    sameNumbers(bias.shape, [channels]) ||
    (sizeOf(bias.shape) === channels &&
      bias.shape[bias.shape.length - 1] === channels &&
      bias.shape.length <= sum.shape.length)
  if (!usedOnce.has(sum) || !isBias) return null
  const { op } = sum
  const vector = (): Value => builder.reshape(bias, [channels])
  if (op.kind === 'matmul' && !op.bias && sum.shape.length === 2)
    return builder.add({ ...op, bias: true }, ...sum.args, vector())
  if (op.kind !== 'conv' && op.kind !== 'convInput') return null
  if (op.epilogue.bias || op.epilogue.slope !== null) return null
  return builder.add({ ...op, epilogue: { ...op.epilogue, bias: true } }, ...sum.args, vector())
}
