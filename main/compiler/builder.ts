import type { BinaryFunction, Graph, Op, Shape, UnaryFunction, Value } from './ir'
import { sameNumbers } from './ir'
import { shapeOf } from './shapes'

/** Makes values with their shapes, in order. */
export class GraphBuilder {
  readonly #values: Value[] = []

  add(op: Op, ...args: readonly Value[]): Value {
    const shape = shapeOf(
      op,
      args.map((arg) => arg.shape),
    )
    const value: Value = { id: this.#values.length, op, args, shape }
    this.#values.push(value)
    return value
  }

  fill(shape: Shape, value: number): Value {
    return this.add({ kind: 'fill', shape, value })
  }

  unary(fn: UnaryFunction, x: Value): Value {
    return this.add({ kind: 'unary', fn }, x)
  }

  binary(fn: BinaryFunction, a: Value, b: Value): Value {
    return this.add({ kind: 'binary', fn }, a, b)
  }

  /** The value itself where it has this shape already. */
  reshape(x: Value, shape: Shape): Value {
    return sameNumbers(x.shape, shape) ? x : this.add({ kind: 'reshape', shape }, x)
  }

  /** The value itself where it has this shape already. */
  broadcast(x: Value, shape: Shape): Value {
    return sameNumbers(x.shape, shape) ? x : this.add({ kind: 'broadcast', shape }, x)
  }

  finish(outputs: ReadonlyMap<string, Value>): Graph {
    return { values: this.#values, outputs }
  }
}

/**
 * The graph made again, value by value, each by `rule` from the operation and its new arguments; where the rule
 * answers null, as it was.
 */
export function rewrite(
  graph: Graph,
  rule: (builder: GraphBuilder, value: Value, args: readonly Value[]) => Value | null,
): Graph {
  const builder = new GraphBuilder()
  const made = new Map<Value, Value>()
  const newOf = (value: Value): Value => {
    const found = made.get(value)
    if (!found) throw new Error(`value ${value.id} is used before it is made`)
    return found
  }
  for (const value of graph.values) {
    const args = value.args.map(newOf)
    made.set(value, rule(builder, value, args) ?? builder.add(value.op, ...args))
  }
  return builder.finish(new Map([...graph.outputs].map(([name, value]) => [name, newOf(value)])))
}
