/** Filter gradients by the runtime's direct kernels for blocked maps; null where they do not apply. */
import type { Op, Shape, Value } from '../ir'
import { NCHWC } from '../onnx'
import { isBlocked, isFew } from './blockedConv'
import type { Emitter, Placed } from './emitter'
import type { AxisPart } from './layout'
import { BLOCKED_MAP, CHANNELS_FIRST } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

/** Images in one group of a filter gradient: fewer on big maps, so that a group stays in the cache. */
function groupSize(emit: Emitter, images: number, height: number): number {
  const cached = height >= 64 ? 2 : height >= 32 ? 4 : 8
  return Math.min(images, cached, emit.block / 2)
}

/**
 * `convFilter` as a direct convolution with the roles exchanged: x's channels are its images, the images of a group
 * are its channels, dy is its filter, the stride its dilation. Groups add up through the kernel's own sum input.
 */
export function blockedConvFilter(
  low: Lowering,
  value: Value,
  op: OpOf<'convFilter'>,
): Placed | null {
  const { emit } = low
  const [x, dy] = [low.placed(arg(value, 0)), low.placed(arg(value, 1))]
  const { taps, strides, pads } = op.window
  const pointwise = [...taps, ...strides].every((n) => n === 1) && pads.every((n) => n === 0)
  if (pointwise && (isFew(emit, x.shape[3]) || isFew(emit, dy.shape[3])))
    return pointwiseFilter(emit, x, dy, value.shape)
  const [images = 1, height = 1, width = 1, inputs = 0] = x.shape
  const [, rows = 1, columns = 1, outputs = 0] = dy.shape
  const bottom = taps[0] + (rows - 1) * strides[0] - height - pads[0]
  const right = taps[1] + (columns - 1) * strides[1] - width - pads[1]
  if (!isBlocked(emit, outputs) || bottom < 0 || right < 0) return null

  const wide = padColumns(emit, emit.place(x, CHANNELS_FIRST), pads[1], right)
  const gradient = emit.place(dy, BLOCKED_MAP).name
  const size = groupSize(emit, images, height)
  let sum: string | null = null
  for (let start = 0; start < images; start += size) {
    const group = Math.min(size, images - start)
    const of = { start, group, images }
    const map = exchanged(emit, wide, of, inputs, [height, pads[1] + width + right])
    const filter = exchanged(emit, gradient, of, outputs / emit.block, [rows, columns * emit.block])
    const inputNames = [
      map,
      emit.reshape(filter, [outputs, group, rows, columns]),
      ...(sum === null ? [] : ['', sum]),
    ]
    const attributes = {
      kernel_shape: { ints: [rows, columns] },
      dilations: { ints: strides },
      pads: { ints: [pads[0], 0, bottom, 0] },
    }
    sum = emit.node('Conv', inputNames, attributes, NCHWC)
  }
  const name = emit.reshape(sum ?? '', [inputs, outputs / emit.block, ...taps, emit.block])
  return { name, shape: value.shape, layout: ['2', '3/', '0', '1', '3%'] }
}

/** Columns of zeros before and after, by a product with a constant matrix: unlike Pad, it uses every thread. */
function padColumns(emit: Emitter, map: Placed, before: number, after: number): string {
  if (before === 0 && after === 0) return map.name
  const [n = 1, height = 1, width = 1, channels = 1] = map.shape
  const wide = before + width + after
  const shift = Float32Array.from({ length: width * wide }, (_, i) =>
    Number((i % wide) - before === Math.floor(i / wide)),
  )
  return emit.node('MatMul', [
    emit.reshape(map.name, [n * channels * height, width]),
    emit.numbers(shift, [width, wide]),
  ])
}

/** Some of a batch's images. */
type Images = { readonly start: number; readonly group: number; readonly images: number }

/** The given images of [images, channels, ...inner] as [channels, group, ...inner]. */
function exchanged(
  emit: Emitter,
  name: string,
  { start, group, images }: Images,
  channels: number,
  inner: readonly [number, number],
): string {
  const rows = Array.from({ length: channels * group }, (_, i) => {
    return (start + (i % group)) * channels + Math.floor(i / group)
  })
  const data = emit.reshape(name, [images * channels, ...inner])
  return emit.node('Gather', [data, emit.indices(rows, [channels, group])])
}

/** The filter gradient of a 1x1 convolution with few channels on one side: a product over all pixels. */
function pointwiseFilter(emit: Emitter, x: Placed, dy: Placed, shape: Shape): Placed | null {
  const fewIn = isFew(emit, x.shape[3])
  const [few, many] = fewIn ? [x, dy] : [dy, x]
  const [n = 1, height = 1, width = 1, channels = 0] = many.shape
  const count = few.shape[3] ?? 0
  if (!isBlocked(emit, channels)) return null
  const blocks = channels / emit.block
  const narrow = emit.reshape(emit.place(few, CHANNELS_FIRST).name, [n, 1, count, height * width])
  const wide = emit.reshape(emit.place(many, BLOCKED_MAP).name, [
    n,
    blocks,
    height * width,
    emit.block,
  ])
  const products = emit.node('MatMul', [narrow, wide])
  const name = emit.node('ReduceSum', [products, emit.sizes([0])], { keepdims: { int: 0 } })
  const [manyAxis, fewAxis]: [2 | 3, 2 | 3] = fewIn ? [3, 2] : [2, 3]
  const layout: readonly AxisPart[] = [`${manyAxis}/`, `${fewAxis}`, '0', '1', `${manyAxis}%`]
  return { name: emit.reshape(name, [blocks, count, 1, 1, emit.block]), shape, layout }
}
