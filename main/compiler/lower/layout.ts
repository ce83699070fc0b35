import type { Shape } from '../ir'
import { sizeOf } from '../ir'

/**
 * One axis of a tensor in memory: a whole logical axis ("3"), or of a blocked one the block's number ("3/") or the
 * place within the block ("3%").
 */
export type AxisPart = `${number}` | `${number}/` | `${number}%`

/** How a tensor lies in memory: its axis parts, outermost first. */
export type Layout = readonly AxisPart[]

/** Channels first, of a map [n, h, w, c]. */
export const CHANNELS_FIRST: Layout = ['0', '3', '1', '2']
/** Channels in blocks that come last, of a map. */
export const BLOCKED_MAP: Layout = ['0', '3/', '1', '2', '3%']
/** Pixels outermost, then images: what Winograd's algorithm wants of a map. */
export const PIXELS_FIRST: Layout = ['1', '2', '0', '3']
/** What ONNX's Conv wants of a filter [kh, kw, in, out]: out, in, taps. */
export const PLAIN_FILTER: Layout = ['3', '2', '0', '1']
/** What the blocked convolution wants of a filter, with both channel counts in blocks. */
export const BLOCKED_FILTER: Layout = ['3/', '2/', '0', '1', '2%', '3%']
/** What the blocked convolution wants of a filter with few inputs, fewer than a block. */
export const FEW_INPUTS_FILTER: Layout = ['3/', '2', '0', '1', '3%']

export function rowMajor(rank: number): Layout {
  return Array.from({ length: rank }, (_, i): AxisPart => `${i}`)
}

export function axisOf(part: AxisPart): number {
  return Number.parseInt(part, 10)
}

export function isOuter(part: AxisPart): boolean {
  return part.endsWith('/')
}

export function isInner(part: AxisPart): boolean {
  return part.endsWith('%')
}

export function isWhole(part: AxisPart): boolean {
  return !isOuter(part) && !isInner(part)
}

/** The same kind of part of another axis. */
export function moved(part: AxisPart, axis: number): AxisPart {
  if (isOuter(part)) return `${axis}/`
  return isInner(part) ? `${axis}%` : `${axis}`
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i])
}

/** The layout with every blocked axis whole, where its block number was. */
export function unblocked(layout: Layout): Layout {
  return layout.filter((part) => !isInner(part)).map((part): AxisPart => `${axisOf(part)}`)
}

/** Size in memory of one part; an axis of size 1 may lie in any layout. */
export function partSize(part: AxisPart, shape: Shape, block: number): number {
  const size = shape[axisOf(part)] ?? 1
  if (isWhole(part) || size === 1) return size
  return isOuter(part) ? size / block : block
}

/** Sizes in memory of a tensor of this logical shape. */
export function dimsOf(layout: Layout, shape: Shape, block: number): number[] {
  return layout.map((part) => partSize(part, shape, block))
}

/** Whether a tensor of this shape can lie so: blocked axes must be whole blocks. */
export function fitsLayout(layout: Layout, shape: Shape, block: number): boolean {
  return layout.every(
    (part) =>
      isWhole(part) || shape[axisOf(part)] === 1 || (shape[axisOf(part)] ?? 0) % block === 0,
  )
}

/** For each element in memory, its index in row-major logical order. Both have as many elements. */
function logicalIndices(layout: Layout, shape: Shape, block: number): Uint32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const dims = dimsOf(layout, shape, block)
  const steps = layout.map((part) => (strides[axisOf(part)] ?? 0) * (isOuter(part) ? block : 1))
  const indices = new Uint32Array(sizeOf(shape))
  const at = dims.map(() => 0)
  let index = 0
  for (let i = 0; i < indices.length; i++) {
    indices[i] = index
    for (let d = dims.length - 1; d >= 0; d--) {
      const step = steps[d] as number
      at[d] = (at[d] as number) + 1
      index += step
      if ((at[d] as number) < (dims[d] as number)) break
      index -= step * (at[d] as number)
      at[d] = 0
    }
  }
  return indices
}

/** Numbers in row-major logical order, as they lie in memory. */
export function toMemory(
  values: Float32Array,
  layout: Layout,
  shape: Shape,
  block: number,
): Float32Array {
  if (sameLayout(layout, rowMajor(shape.length))) return values.slice()
  const memory = new Float32Array(values.length)
  const indices = logicalIndices(layout, shape, block)
  for (let i = 0; i < memory.length; i++) memory[i] = values[indices[i] as number] as number
  return memory
}

/** Numbers as they lie in memory, in row-major logical order. */
export function fromMemory(
  memory: Float32Array,
  layout: Layout,
  shape: Shape,
  block: number,
): Float32Array {
  if (sameLayout(layout, rowMajor(shape.length))) return memory.slice()
  const values = new Float32Array(memory.length)
  const indices = logicalIndices(layout, shape, block)
  for (let i = 0; i < indices.length; i++) values[indices[i] as number] = memory[i] as number
  return values
}
