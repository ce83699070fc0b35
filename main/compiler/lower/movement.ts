import type { Op, Shape, Value } from '../ir'
import { sameNumbers, sizeOf } from '../ir'
import type { Placed } from './emitter'
import type { AxisPart, Layout } from './layout'
import { axisOf, BLOCKED_MAP, dimsOf, fitsLayout, isOuter, isWhole, moved, partSize, rowMajor, sameLayout, unblocked } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

const BEFORE_FIRST = -(2 ** 31)

/** Only the names of axes change; nothing moves until someone needs another layout. */
export function lowerTranspose(low: Lowering, value: Value, op: OpOf<'transpose'>): Placed {
  const x = low.placed(arg(value, 0))
  return { name: x.name, shape: value.shape, layout: x.layout.map((part) => moved(part, op.order.indexOf(axisOf(part)))) }
}

export function lowerReshape(low: Lowering, value: Value): Placed {
  const { emit } = low
  const x = low.placed(arg(value, 0))
  const layout = layoutAfterReshape(x, value.shape)
  if (layout) return { name: emit.reshape(x.name, dimsOf(layout, value.shape, emit.block)), shape: value.shape, layout }
  const rows = emit.place(x, rowMajor(x.shape.length))
  return { name: emit.reshape(rows.name, value.shape), shape: value.shape, layout: rowMajor(value.shape.length) }
}

/** Where only axes of size 1 come and go: the layout of the others, kept. */
function layoutAfterReshape(x: Placed, shape: Shape): Layout | null {
  const long = (list: Shape): number[] => list.map((_, axis) => axis).filter((axis) => list[axis] !== 1)
  const [before, after] = [long(x.shape), long(shape)]
  if (!sameNumbers(before.map((axis) => x.shape[axis] ?? 0), after.map((axis) => shape[axis] ?? 0))) return null
  const ones = shape.map((_, axis) => axis).filter((axis) => shape[axis] === 1)
  const kept = x.layout.filter((part) => x.shape[axisOf(part)] !== 1)
  return [
    ...ones.map((axis): AxisPart => `${axis}`),
    ...kept.map((part) => moved(part, after[before.indexOf(axisOf(part))] ?? 0)),
  ]
}

export function lowerBroadcast(low: Lowering, value: Value): Placed {
  const { emit } = low
  const x = emit.lift(low.placed(arg(value, 0)), value.shape.length)
  const wide = (part: AxisPart): boolean => x.shape[axisOf(part)] !== value.shape[axisOf(part)]
  const layout = x.layout.every((part) => isWhole(part) || !wide(part)) ? x.layout : rowMajor(value.shape.length)
  const dims = dimsOf(layout, value.shape, emit.block)
  return { name: emit.node('Expand', [emit.place(x, layout).name, emit.sizes(dims)]), shape: value.shape, layout }
}

export function lowerConcat(low: Lowering, value: Value, op: OpOf<'concat'>): Placed {
  const { emit } = low
  const parts = value.args.map((argument) => low.placed(argument))
  const fits = (layout: Layout): boolean =>
    parts.every((part) => fitsLayout(layout, part.shape, emit.block)) &&
    // A part of one channel has no whole block.
    (layout.includes(`${op.axis}`) || parts.every((part) => (part.shape[op.axis] ?? 1) % emit.block === 0))
  const layouts = parts.map((part) => part.layout).sort((a, b) => b.length - a.length)
  const layout = layouts.find(fits) ?? unblocked(layouts[0] ?? [])
  const axis = layout.findIndex((part) => axisOf(part) === op.axis)
  const names = parts.map((part) => emit.place(part, layout).name)
  return { name: emit.node('Concat', names, { axis: { int: axis } }), shape: value.shape, layout }
}

/** The argument in a layout whose parts of the given axes can be cut: whole ones. */
function withWhole(low: Lowering, value: Value, axes: readonly number[]): Placed {
  const x = low.placed(arg(value, 0))
  const cut = x.layout.some((part) => axes.includes(axisOf(part)) && !isWhole(part))
  return cut ? low.emit.place(x, unblocked(x.layout)) : x
}

export function lowerSlice(low: Lowering, value: Value, op: OpOf<'slice'>): Placed {
  const { emit } = low
  const from = arg(value, 0)
  const axes = from.shape.map((_, axis) => axis).filter((axis) => op.size[axis] !== from.shape[axis])
  const byBlocks = axes.every((axis) => (op.begin[axis] ?? 0) % emit.block === 0 && (op.size[axis] ?? 0) % emit.block === 0)
  const x = emit.block > 0 && byBlocks ? low.placed(from) : withWhole(low, value, axes)
  const parts = axes.map((axis) => x.layout.findIndex((part) => axisOf(part) === axis && (isWhole(part) || isOuter(part))))
  const unit = parts.map((i) => (isOuter(x.layout[i] ?? '0') ? emit.block : 1))
  const starts = axes.map((axis, i) => (op.begin[axis] ?? 0) / (unit[i] ?? 1))
  const ends = axes.map((axis, i) => ((op.begin[axis] ?? 0) + (op.size[axis] ?? 0)) / (unit[i] ?? 1))
  const name = emit.node('Slice', [x.name, emit.sizes(starts), emit.sizes(ends), emit.sizes(parts)])
  return { name, shape: value.shape, layout: x.layout }
}

export function lowerPad(low: Lowering, value: Value, op: OpOf<'pad'>): Placed {
  const { emit } = low
  const axes = op.before.map((_, axis) => axis).filter((axis) => op.before[axis] !== 0 || op.after[axis] !== 0)
  const x = withWhole(low, value, axes)
  const along = (sizes: Shape): number[] => x.layout.map((part) => (isWhole(part) ? (sizes[axisOf(part)] ?? 0) : 0))
  const pads = emit.sizes([...along(op.before), ...along(op.after)])
  return { name: emit.node('Pad', [x.name, pads, emit.number(op.value)]), shape: value.shape, layout: x.layout }
}

export function lowerTile(low: Lowering, value: Value, op: OpOf<'tile'>): Placed {
  const { emit } = low
  const axes = op.repeats.map((_, axis) => axis).filter((axis) => op.repeats[axis] !== 1)
  const x = withWhole(low, value, axes)
  const repeats = x.layout.map((part) => (isWhole(part) ? (op.repeats[axisOf(part)] ?? 1) : 1))
  return { name: emit.node('Tile', [x.name, emit.sizes(repeats)]), shape: value.shape, layout: x.layout }
}

export function lowerReverse(low: Lowering, value: Value, op: OpOf<'reverse'>): Placed {
  const { emit } = low
  const x = withWhole(low, value, op.axes)
  const each = (n: number): string => emit.sizes(op.axes.map(() => n))
  const parts = emit.sizes(op.axes.map((axis) => x.layout.indexOf(`${axis}`)))
  return { ...x, name: emit.node('Slice', [x.name, each(-1), each(BEFORE_FIRST), parts, each(-1)]) }
}

/** Sprout's own linear maps. */
export function lowerResample(low: Lowering, value: Value, op: OpOf<'resample'>): Placed {
  const x = low.placed(arg(value, 0))
  switch (op.fn) {
    case 'nearestUp2':
      return lowerUp(low, x, value.shape)
    case 'boxDown2':
      return lowerDown(low, x, value.shape)
    case 'sumTaps4':
      return lowerTaps(low, x, value.shape, SUM_TAPS)
    case 'foldTaps3':
      return lowerTaps(low, x, value.shape, transposed(SUM_TAPS))
    default:
      return op.fn satisfies never
  }
}

/** [16][9] of 0 and 1: which 3x3 taps each 4x4 tap sums. */
const SUM_TAPS: readonly number[][] = Array.from({ length: 16 }, (_, to) =>
  Array.from({ length: 9 }, (_, from) => {
    const down = Math.floor(to / 4) - Math.floor(from / 3)
    const right = (to % 4) - (from % 3)
    return (down === 0 || down === 1) && (right === 0 || right === 1) ? 1 : 0
  }),
)

function transposed(matrix: readonly number[][]): number[][] {
  return (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] ?? 0))
}

function isBlocked(low: Lowering, x: Placed): boolean {
  return low.emit.block > 0 && (sameLayout(x.layout, BLOCKED_MAP) || (x.shape[3] ?? 0) % low.emit.block === 0)
}

function lowerUp({ emit, ...low }: Lowering, x: Placed, shape: Shape): Placed {
  if (isBlocked({ emit, ...low }, x)) {
    const scales = { scales: { ints: [1, 1, 2, 2] }, mode: { text: 'nearest' } }
    return emit.blockedMap(emit.node('Upsample', [emit.nchw(emit.place(x, BLOCKED_MAP))], scales, 'com.microsoft.nchwc'), shape)
  }
  const map = emit.place(x, ['0', '3', '1', '2'])
  const [n = 1, c = 1, h = 1, w = 1] = emit.dims(map)
  const apart = emit.reshape(map.name, [n * c * h, 1, w, 1])
  const doubled = emit.node('Expand', [apart, emit.sizes([n * c * h, 2, w, 2])])
  return { name: emit.reshape(doubled, [n, c, 2 * h, 2 * w]), shape, layout: map.layout }
}

function lowerDown({ emit, ...low }: Lowering, x: Placed, shape: Shape): Placed {
  const window = { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }
  if (isBlocked({ emit, ...low }, x)) {
    return emit.blockedMap(emit.node('AveragePool', [emit.nchw(emit.place(x, BLOCKED_MAP))], window, 'com.microsoft.nchwc'), shape)
  }
  const map = emit.place(x, ['0', '3', '1', '2'])
  return { name: emit.node('AveragePool', [map.name], window), shape, layout: map.layout }
}

/** Multiplies the taps, neighbours in memory in every filter layout, by a matrix. */
function lowerTaps({ emit }: Lowering, x: Placed, shape: Shape, matrix: readonly number[][]): Placed {
  const together = x.layout.indexOf('1') === x.layout.indexOf('0') + 1 && x.layout.includes('0')
  const w = together ? x : emit.place(x, rowMajor(4))
  const at = w.layout.indexOf('0')
  const sizes = w.layout.map((part) => partSize(part, w.shape, emit.block))
  const [before, after] = [sizeOf(sizes.slice(0, at)), sizeOf(sizes.slice(at + 2))]
  const [to, from] = [matrix.length, matrix[0]?.length ?? 0]
  const name =
    after === 1
      ? emit.node('MatMul', [emit.reshape(w.name, [before, from]), emit.numbers(transposed(matrix).flat(), [from, to])])
      : emit.node('MatMul', [emit.numbers(matrix.flat(), [to, from]), emit.reshape(w.name, [before, from, after])])
  return { name: emit.reshape(name, dimsOf(w.layout, shape, emit.block)), shape, layout: w.layout }
}
