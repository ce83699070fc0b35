import { rewrite } from '../builder'
import type { Graph, Op, Value } from '../ir'
import { describe } from '../ir'

/** The graph with equal operations on equal arguments done once. This is what makes two runs of one network one. */
export function shareCommonSubexpressions(graph: Graph): Graph {
  const known = new Map<string, Value>()
  return rewrite(graph, (builder, value, args) => {
    const ids = args.map((arg) => arg.id)
    if (commutes(value.op)) ids.sort((a, b) => a - b)
    const data = value.op.kind === 'constant' ? value.op.data.join(' ') : ''
    const key = `${describe(value.op)}(${ids.join(',')})${data}`
    const same = known.get(key) ?? builder.add(value.op, ...args)
    known.set(key, same)
    return same
  })
}

function commutes(op: Op): boolean {
  if (op.kind !== 'binary') return false
  return ['add', 'mul', 'max', 'min', 'equal', 'notEqual'].includes(op.fn)
}
