import type { Graph, Value } from '../ir'
import { sameNumbers } from '../ir'
import type { Layout } from '../lower/layout'
import {
  BLOCKED_FILTER,
  CHANNELS_FIRST,
  FEW_INPUTS_FILTER,
  fitsLayout,
  PLAIN_FILTER,
  rowMajor,
} from '../lower/layout'
import type { PortLayouts, Target } from '../lower/lower'
import { kernelFor } from '../lower/lowering'

/** A set of values that should lie alike, found by following `next` to its end. */
type Group = { next: Group | null; wish: Layout | null }

/**
 * Chooses how inputs and outputs lie in memory, so that what stays between steps need not move: filters, and all that
 * is added to them or has their moments, in the convolution's order; pictures with channels first. `ties` are pairs of
 * an input and the output that takes its place at the next step: they get one layout.
 */
export function chooseLayouts(
  graph: Graph,
  ties: ReadonlyMap<string, string>,
  target: Pick<Target, 'block' | 'kernels'>,
): PortLayouts {
  const { block } = target
  const groups = new Map<Value, Group>(
    graph.values.map((value) => [value, { next: null, wish: null }]),
  )
  const groupOf = (value: Value): Group => {
    let group = groups.get(value) as Group
    while (group.next) group = group.next
    return group
  }
  const unite = (a: Value, b: Value): void => {
    const [from, to] = [groupOf(a), groupOf(b)]
    if (from === to) return
    to.wish ??= from.wish
    from.next = to
  }
  const inputs = new Map(
    graph.values.flatMap((value) =>
      value.op.kind === 'input' ? [[value.op.name, value] as const] : [],
    ),
  )
  for (const value of graph.values) {
    if (isElementwise(value))
      for (const arg of value.args) if (sameNumbers(arg.shape, value.shape)) unite(arg, value)
    const isTaps =
      value.op.kind === 'resample' && (value.op.fn === 'sumTaps4' || value.op.fn === 'foldTaps3')
    if (isTaps && value.args[0]) unite(value.args[0], value)
  }
  for (const [input, output] of ties) {
    const [from, to] = [inputs.get(input), graph.outputs.get(output)]
    if (from && to) unite(from, to)
  }
  for (const value of graph.values) {
    for (const [used, wish] of wishes(value, target)) groupOf(used).wish ??= wish
  }
  const layoutOf = (value: Value): Layout | null => {
    const { wish } = groupOf(value)
    return wish && value.shape.length === 4 && fitsLayout(wish, value.shape, block) ? wish : null
  }
  const chosen = (values: ReadonlyMap<string, Value>): Map<string, Layout> => {
    const layouts = new Map<string, Layout>()
    for (const [name, value] of values) {
      // Bytes come as they are.
      if (value.op.kind === 'input' && value.op.type === 'uint8') continue
      const layout = layoutOf(value)
      if (layout) layouts.set(name, layout)
    }
    return layouts
  }
  return { inputs: chosen(inputs), outputs: chosen(graph.outputs) }
}

function isElementwise(value: Value): boolean {
  return ['unary', 'binary', 'select', 'leakyRelu', 'step'].includes(value.op.kind)
}

/** How a convolution would like its arguments and its result. */
function wishes(value: Value, target: Pick<Target, 'block' | 'kernels'>): [Value, Layout][] {
  const [a, b] = value.args
  if (!a || !b) return []
  switch (value.op.kind) {
    case 'conv':
    case 'convInput':
      return [
        [b, layoutFor(value, b, target)],
        [a, CHANNELS_FIRST],
        [value, CHANNELS_FIRST],
      ]
    case 'convFilter':
      return [
        [value, layoutFor(value, value, target)],
        [a, CHANNELS_FIRST],
        [b, CHANNELS_FIRST],
      ]
    default:
      return []
  }
}

/** The order of a filter for the kernel that computes a convolution. */
function layoutFor(
  convolution: Value,
  filter: Value,
  { block, kernels }: Pick<Target, 'block' | 'kernels'>,
): Layout {
  switch (kernelFor(kernels, convolution)) {
    case 'winograd':
      return rowMajor(4)
    case 'plain':
      return PLAIN_FILTER
    default:
      return filterLayout(filter, block)
  }
}

/** The order of a filter for the blocked convolution that its channel counts allow. */
export function filterLayout(filter: Value, block: number): Layout {
  const [, , inputs = 0, outputs = 0] = filter.shape
  if (block === 0 || outputs % block !== 0) return PLAIN_FILTER
  if (inputs % block === 0) return BLOCKED_FILTER
  return inputs < block ? FEW_INPUTS_FILTER : PLAIN_FILTER
}
