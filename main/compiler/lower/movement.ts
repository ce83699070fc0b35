import type { Op, Shape, Value } from '../ir'
import { sameNumbers } from '../ir'
import type { Placed } from './emitter'
import type { AxisPart, Layout } from './layout'
import { axisOf, dimsOf, fitsLayout, isOuter, isWhole, moved, rowMajor, unblocked } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

const BEFORE_FIRST = -(2 ** 31)

/** Only the names of axes change; nothing moves until someone needs another layout. */
export function lowerTranspose(low: Lowering, value: Value, op: OpOf<'transpose'>): Placed {
  const x = low.placed(arg(value, 0))
  return {
    name: x.name,
    shape: value.shape,
    layout: x.layout.map((part) => moved(part, op.order.indexOf(axisOf(part)))),
  }
}

export function lowerReshape(low: Lowering, value: Value): Placed {
  const { emit } = low
  const x = low.placed(arg(value, 0))
  const layout = layoutAfterReshape(x, value.shape)
  if (layout)
    return {
      name: emit.reshape(x.name, dimsOf(layout, value.shape, emit.block)),
      shape: value.shape,
      layout,
    }
  const rows = emit.place(x, rowMajor(x.shape.length))
  return {
    name: emit.reshape(rows.name, value.shape),
    shape: value.shape,
    layout: rowMajor(value.shape.length),
  }
}

/** Where only axes of size 1 come and go: the layout of the others, kept. */
function layoutAfterReshape(x: Placed, shape: Shape): Layout | null {
  const long = (list: Shape): number[] =>
    list.map((_, axis) => axis).filter((axis) => list[axis] !== 1)
  const [before, after] = [long(x.shape), long(shape)]
  if (
    !sameNumbers(
      before.map((axis) => x.shape[axis] ?? 0),
      after.map((axis) => shape[axis] ?? 0),
    )
  )
    return null
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
  const layout = x.layout.every((part) => isWhole(part) || !wide(part))
    ? x.layout
    : rowMajor(value.shape.length)
  const dims = dimsOf(layout, value.shape, emit.block)
  return {
    name: emit.node('Expand', [emit.place(x, layout).name, emit.sizes(dims)]),
    shape: value.shape,
    layout,
  }
}

export function lowerConcat(low: Lowering, value: Value, op: OpOf<'concat'>): Placed {
  const { emit } = low
  const parts = value.args.map((argument) => low.placed(argument))
  const fits = (layout: Layout): boolean =>
    parts.every((part) => fitsLayout(layout, part.shape, emit.block)) &&
    // A part of one channel has no whole block.
    (layout.includes(`${op.axis}`) ||
      parts.every((part) => (part.shape[op.axis] ?? 1) % emit.block === 0))
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
  const axes = from.shape
    .map((_, axis) => axis)
    .filter((axis) => op.size[axis] !== from.shape[axis])
  const byBlocks = axes.every(
    (axis) => (op.begin[axis] ?? 0) % emit.block === 0 && (op.size[axis] ?? 0) % emit.block === 0,
  )
  const x = emit.block > 0 && byBlocks ? low.placed(from) : withWhole(low, value, axes)
  const parts = axes.map((axis) =>
    x.layout.findIndex((part) => axisOf(part) === axis && (isWhole(part) || isOuter(part))),
  )
  const unit = parts.map((i) => (isOuter(x.layout[i] ?? '0') ? emit.block : 1))
  const starts = axes.map((axis, i) => (op.begin[axis] ?? 0) / (unit[i] ?? 1))
  const ends = axes.map(
    (axis, i) => ((op.begin[axis] ?? 0) + (op.size[axis] ?? 0)) / (unit[i] ?? 1),
  )
  const name = emit.node('Slice', [x.name, emit.sizes(starts), emit.sizes(ends), emit.sizes(parts)])
  return { name, shape: value.shape, layout: x.layout }
}

export function lowerPad(low: Lowering, value: Value, op: OpOf<'pad'>): Placed {
  const { emit } = low
  const axes = op.before
    .map((_, axis) => axis)
    .filter((axis) => op.before[axis] !== 0 || op.after[axis] !== 0)
  const x = withWhole(low, value, axes)
  const along = (sizes: Shape): number[] =>
    x.layout.map((part) => (isWhole(part) ? (sizes[axisOf(part)] ?? 0) : 0))
  const pads = emit.sizes([...along(op.before), ...along(op.after)])
  return {
    name: emit.node('Pad', [x.name, pads, emit.number(op.value)]),
    shape: value.shape,
    layout: x.layout,
  }
}

export function lowerTile(low: Lowering, value: Value, op: OpOf<'tile'>): Placed {
  const { emit } = low
  const axes = op.repeats.map((_, axis) => axis).filter((axis) => op.repeats[axis] !== 1)
  const x = withWhole(low, value, axes)
  const repeats = x.layout.map((part) => (isWhole(part) ? (op.repeats[axisOf(part)] ?? 1) : 1))
  return {
    name: emit.node('Tile', [x.name, emit.sizes(repeats)]),
    shape: value.shape,
    layout: x.layout,
  }
}

export function lowerReverse(low: Lowering, value: Value, op: OpOf<'reverse'>): Placed {
  const { emit } = low
  const x = withWhole(low, value, op.axes)
  const each = (n: number): string => emit.sizes(op.axes.map(() => n))
  const parts = emit.sizes(op.axes.map((axis) => x.layout.indexOf(`${axis}`)))
  return { ...x, name: emit.node('Slice', [x.name, each(-1), each(BEFORE_FIRST), parts, each(-1)]) }
}
