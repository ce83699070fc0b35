import type { Op, ReduceFunction, Value } from '../ir'
import { sizeOf } from '../ir'
import type { Emitter, Placed } from './emitter'
import type { AxisPart, Layout } from './layout'
import { axisOf, dimsOf, isInner, moved, partSize, rowMajor } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

const REDUCE_NODES: Readonly<Record<ReduceFunction, string>> = {
  sum: 'ReduceSum',
  mean: 'ReduceMean',
  max: 'ReduceMax',
  min: 'ReduceMin',
}

type ReduceOp = Extract<Op, { kind: 'reduce' }>

/**
 * One run of neighbouring axes in memory at a time, the longest first: each is a reduction of a matrix or of a
 * stack of matrices, which the runtime does fast.
 */
export function lowerReduce(low: Lowering, value: Value, op: ReduceOp): Placed {
  const { emit } = low
  const argument = arg(value, 0)
  const squared = squaredArgument(low, argument, op)
  const x = low.placed(squared ?? argument)
  let dims = emit.dims(x)
  let { name } = x
  const runs = reducedRuns(x.layout, dims, op.axes)
  if (squared) runs.sort((a, b) => b[1] - a[1])
  runs.forEach(([start, end], i) => {
    const type = squared ? (i === 0 ? 'ReduceSumSquare' : 'ReduceSum') : REDUCE_NODES[op.fn]
    name = reduceRun(emit, type, name, dims, start, end)
    dims = dims.map((n, d) => (d >= start && d < end ? 1 : n))
  })
  if (squared && op.fn === 'mean') {
    name = emit.node('Mul', [
      name,
      emit.number(1 / sizeOf(op.axes.map((axis) => x.shape[axis] ?? 1))),
    ])
  }
  return finish(emit, name, x, value, op)
}

/** The x of a sum of x squared whose innermost run in memory is summed: squared and summed in one pass. */
function squaredArgument(low: Lowering, argument: Value, op: ReduceOp): Value | null {
  const [x] = argument.args
  const isSquare = argument.op.kind === 'unary' && argument.op.fn === 'square'
  if (!isSquare || !x || (op.fn !== 'sum' && op.fn !== 'mean')) return null
  const { layout } = low.placed(x)
  const last = layout[layout.length - 1]
  const size = last === undefined ? 1 : partSize(last, x.shape, low.emit.block)
  return last !== undefined && size > 1 && op.axes.includes(axisOf(last)) ? x : null
}

/** [start, end) of each run of reduced axes in memory, the longest first; axes of size 1 do not part runs. */
function reducedRuns(
  layout: Layout,
  dims: readonly number[],
  axes: readonly number[],
): [number, number][] {
  const runs: [number, number][] = []
  layout.forEach((part, i) => {
    if (!axes.includes(axisOf(part)) || dims[i] === 1) return
    const last = runs[runs.length - 1]
    if (last && dims.slice(last[1], i).every((n) => n === 1)) last[1] = i + 1
    else runs.push([i, i + 1])
  })
  const length = ([start, end]: [number, number]): number => sizeOf(dims.slice(start, end))
  return runs.sort((a, b) => length(b) - length(a))
}

function reduceRun(
  emit: Emitter,
  type: string,
  name: string,
  dims: readonly number[],
  start: number,
  end: number,
): string {
  const after = sizeOf(dims.slice(end))
  const stack = [
    sizeOf(dims.slice(0, start)),
    sizeOf(dims.slice(start, end)),
    ...(after > 1 ? [after] : []),
  ]
  const keepdims = { int: 0 }
  const reshaped = emit.reshape(name, stack)
  return emit.node(type, [reshaped, emit.sizes([1])], { keepdims })
}

function finish(emit: Emitter, name: string, x: Placed, value: Value, op: ReduceOp): Placed {
  const reduced = (part: AxisPart): boolean => op.axes.includes(axisOf(part))
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !op.axes.includes(axis))
  const layout: Layout = op.keep
    ? x.layout
        .filter((part) => !(reduced(part) && isInner(part)))
        .map((part): AxisPart => (reduced(part) ? `${axisOf(part)}` : part))
    : x.layout
        .filter((part) => !reduced(part))
        .map((part) => moved(part, kept.indexOf(axisOf(part))))
  const dims = dimsOf(layout, value.shape, emit.block)
  const placed: Placed = { name: emit.reshape(name, dims), shape: value.shape, layout }
  // Vectors in blocks are row-major anyway.
  return value.shape.length <= 1 ? emit.place(placed, rowMajor(value.shape.length)) : placed
}
