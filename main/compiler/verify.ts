import type { Graph, Value } from './ir'
import { print, sameNumbers } from './ir'
import { shapeOf } from './shapes'

/**
 * Throws, with the graph's text, unless each value comes after its arguments, ids are unique, shapes follow from
 * the operations and the outputs are in the graph.
 */
export function verify(graph: Graph, after: string): void {
  const fail = (what: string): never => {
    throw new Error(`the compiler's graph is broken after ${after}: ${what}\n${print(graph)}`)
  }
  const [seen, ids] = [new Set<Value>(), new Set<number>()]
  for (const value of graph.values) {
    if (ids.has(value.id)) fail(`two values have id ${value.id}`)
    for (const arg of value.args)
      if (!seen.has(arg)) fail(`value ${value.id} uses ${arg.id} before it is made`)
    const shape = shapeOf(
      value.op,
      value.args.map((arg) => arg.shape),
    )
    if (!sameNumbers(shape, value.shape))
      fail(`value ${value.id} says [${value.shape.join(',')}] but is [${shape.join(',')}]`)
    seen.add(value)
    ids.add(value.id)
  }
  for (const [name, value] of graph.outputs)
    if (!seen.has(value)) fail(`output "${name}" is not in the graph`)
}
