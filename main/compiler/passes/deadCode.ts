import { rewrite } from '../builder'
import type { Graph, Value } from '../ir'

/** The graph without values that no output needs. */
export function removeDeadCode(graph: Graph): Graph {
  const needed = new Set<Value>(graph.outputs.values())
  for (const value of [...graph.values].reverse()) {
    if (needed.has(value)) for (const arg of value.args) needed.add(arg)
  }
  return rewrite(
    { values: graph.values.filter((value) => needed.has(value)), outputs: graph.outputs },
    () => null,
  )
}
