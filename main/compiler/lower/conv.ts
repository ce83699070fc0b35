import type { ConvWindow, Epilogue, Op, Value } from '../ir'
import type { Placed } from './emitter'
import { CHANNELS_FIRST, PLAIN_FILTER, rowMajor } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

/** `conv` by ONNX's own convolution, channels first. */
export function lowerConv(low: Lowering, value: Value, op: OpOf<'conv'>): Placed {
  const { emit } = low
  const x = emit.place(low.placed(arg(value, 0)), CHANNELS_FIRST)
  const filter = emit.place(low.placed(arg(value, 1)), PLAIN_FILTER)
  const name = emit.node(
    'Conv',
    [
      padded(low, x.name, x.shape[3]),
      padded(low, filter.name, x.shape[3]),
      ...biasName(low, value, op.epilogue),
    ],
    attributes(op.window),
  )
  return activated(low, { name, shape: value.shape, layout: CHANNELS_FIRST }, op.epilogue)
}

/** `convInput` by ONNX's transposed convolution, channels first. */
export function lowerConvInput(low: Lowering, value: Value, op: OpOf<'convInput'>): Placed {
  const { emit } = low
  const dy = emit.place(low.placed(arg(value, 0)), CHANNELS_FIRST)
  const filter = emit.place(low.placed(arg(value, 1)), PLAIN_FILTER)
  const { window } = op
  // Rows and columns that the forward convolution's stride left over at the end.
  const extra = ([0, 1] as const).map((axis) => {
    const covered = ((dy.shape[axis + 1] ?? 1) - 1) * window.strides[axis] + window.taps[axis]
    return op.size[axis] + window.pads[axis] + window.pads[axis === 0 ? 2 : 3] - covered
  })
  const name = emit.node(
    'ConvTranspose',
    [dy.name, filter.name, ...biasName(low, value, op.epilogue)],
    {
      ...attributes(window),
      output_padding: { ints: extra },
    },
  )
  return activated(low, { name, shape: value.shape, layout: CHANNELS_FIRST }, op.epilogue)
}

/**
 * `convFilter` as a convolution with the roles exchanged: channels are the images, images are the channels, dy is the
 * filter, the stride is its dilation, and the result is the taps.
 */
export function lowerConvFilter(low: Lowering, value: Value, op: OpOf<'convFilter'>): Placed {
  const { emit } = low
  const x = emit.place(low.placed(arg(value, 0)), ['3', '0', '1', '2'])
  const dy = emit.place(low.placed(arg(value, 1)), ['3', '0', '1', '2'])
  const images = x.shape[0]
  const { pads, strides, taps } = op.window
  // Padding at the end just as far as the last tap reaches; where even none is too much, the result is cut.
  const reach = ([0, 1] as const).map((axis) => {
    const last = taps[axis] - 1 + ((dy.shape[axis + 1] ?? 1) - 1) * strides[axis]
    return last + 1 - (x.shape[axis + 1] ?? 1) - pads[axis]
  })
  const name = emit.node('Conv', [padded(low, x.name, images), padded(low, dy.name, images)], {
    kernel_shape: { ints: [dy.shape[1] ?? 1, dy.shape[2] ?? 1] },
    dilations: { ints: strides },
    pads: { ints: [pads[0], pads[1], ...reach.map((n) => Math.max(0, n))] },
  })
  const cut = reach.some((n) => n < 0)
  const taken = cut
    ? emit.node('Slice', [name, emit.sizes([0, 0]), emit.sizes(taps), emit.sizes([2, 3])])
    : name
  return { name: taken, shape: value.shape, layout: ['2', '3', '0', '1'] }
}

export function lowerMatmul(low: Lowering, value: Value, op: OpOf<'matmul'>): Placed {
  const { emit } = low
  const [a, b] = [low.placed(arg(value, 0)), low.placed(arg(value, 1))]
  const rank = value.shape.length
  if (rank === 2) {
    const turn = (x: Placed, other: boolean): boolean => (x.layout.join() === '1,0') !== other
    const as = (x: Placed): Placed => (x.layout.join() === '1,0' ? x : emit.place(x, rowMajor(2)))
    const inputs = [as(a).name, as(b).name, ...biasName(low, value, { bias: op.bias, slope: null })]
    const attributes = {
      transA: { int: Number(turn(a, op.transposeA)) },
      transB: { int: Number(turn(b, op.transposeB)) },
    }
    return { name: emit.node('Gemm', inputs, attributes), shape: value.shape, layout: rowMajor(2) }
  }
  const layout = rowMajor(rank)
  const swapped = [...layout.slice(0, -2), layout[rank - 1] ?? '0', layout[rank - 2] ?? '0']
  const left = emit.place(a, op.transposeA ? swapped : layout)
  const right = emit.place(b, op.transposeB ? swapped : layout)
  return { name: emit.node('MatMul', [left.name, right.name]), shape: value.shape, layout }
}

/** A map or filter whose second axis in memory is `channels` long, with zeros up to a multiple of 4 where that is asked for. */
function padded({ emit }: Lowering, name: string, channels = 1): string {
  const missing = (4 - (channels % 4)) % 4
  // Up to 3 channels are right everywhere.
  if (!emit.padChannels || missing === 0 || channels <= 3) return name
  return emit.node('Pad', [name, emit.sizes([0, 0, 0, 0, 0, missing, 0, 0]), emit.number(0)])
}

/** The bias of a fused convolution or product, as a list of none or one. */
export function biasName(low: Lowering, value: Value, epilogue: Epilogue): string[] {
  return epilogue.bias ? [low.emit.place(low.placed(arg(value, 2)), rowMajor(1)).name] : []
}

function activated(low: Lowering, x: Placed, epilogue: Epilogue): Placed {
  if (epilogue.slope === null) return x
  return { ...x, name: low.emit.node('LeakyRelu', [x.name], { alpha: { float: epilogue.slope } }) }
}

function attributes(window: ConvWindow): Record<string, { ints: readonly number[] }> {
  return {
    kernel_shape: { ints: window.taps },
    strides: { ints: window.strides },
    pads: { ints: window.pads },
  }
}
