/**
 * Convolutions by the runtime's direct kernels for maps whose channels lie in blocks. Each function answers null
 * where its kernel does not apply, and the caller takes ONNX's own convolution.
 */
import type { ConvWindow, Epilogue, Op, Value } from '../ir'
import type { OnnxAttribute } from '../onnx'
import { NCHWC } from '../onnx'
import { biasName } from './conv'
import type { Emitter, Placed } from './emitter'
import type { Layout } from './layout'
import { BLOCKED_FILTER, BLOCKED_MAP, CHANNELS_FIRST } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

/** Which axes of the filter are this convolution's input and output channels: 2 and 3, turned round for `convInput`. */
type Roles = { readonly input: 2 | 3; readonly output: 2 | 3 }

const FORWARD: Roles = { input: 2, output: 3 }
const TURNED: Roles = { input: 3, output: 2 }

export function blockedConv(low: Lowering, value: Value, op: OpOf<'conv'>): Placed | null {
  return directConv(low, value, op.window, op.epilogue, FORWARD)
}

export function blockedConvInput(
  low: Lowering,
  value: Value,
  op: OpOf<'convInput'>,
): Placed | null {
  const { window } = op
  const { taps, pads } = window
  if (window.strides[0] !== 1 || window.strides[1] !== 1) return phasedConvInput(low, value, op)
  // At stride 1 it is a convolution with the taps turned by 180 degrees, padded by what the forward one was not.
  const turned = [
    taps[0] - 1 - pads[0],
    taps[1] - 1 - pads[1],
    taps[0] - 1 - pads[2],
    taps[1] - 1 - pads[3],
  ] as const
  if (turned.some((n) => n < 0)) return null
  return directConv(low, value, { ...window, pads: turned }, op.epilogue, TURNED)
}

export function isBlocked(emit: Emitter, channels: number | undefined): boolean {
  return emit.block > 0 && channels !== undefined && channels % emit.block === 0
}

export function isFew(emit: Emitter, channels: number | undefined): boolean {
  return channels !== undefined && channels < emit.block
}

function directConv(
  low: Lowering,
  value: Value,
  window: ConvWindow,
  epilogue: Epilogue,
  roles: Roles,
): Placed | null {
  const { emit } = low
  const [x, filter] = [low.placed(arg(value, 0)), low.placed(arg(value, 1))]
  const [inputs, outputs] = [filter.shape[roles.input], filter.shape[roles.output]]
  const [fewIn, fewOut] = [isFew(emit, inputs), isFew(emit, outputs)]
  const manyIn = isBlocked(emit, inputs)
  if (isBlocked(emit, outputs) && (manyIn || fewIn)) {
    const name = fewIn ? emit.place(x, CHANNELS_FIRST).name : emit.nchw(emit.place(x, BLOCKED_MAP))
    const kernel = fewIn ? fewInputsFilter(emit, filter, roles) : blockedFilter(emit, filter, roles)
    const dims = [outputs ?? 0, inputs ?? 0, ...window.taps]
    return emit.blockedMap(
      convNode(emit, name, kernel, dims, window, biasName(low, value, epilogue), epilogue),
      value.shape,
    )
  }
  if (!manyIn || !fewOut) return null
  // Few outputs: as many as a block, those beyond with zero taps, and cut off again.
  const zeros = emit.block - (outputs ?? 0)
  const kernel = fewOutputsFilter(emit, filter, roles, zeros)
  const bias = biasName(low, value, epilogue).map((name) =>
    emit.node('Pad', [name, emit.sizes([0, zeros])]),
  )
  const map = emit.nchw(emit.place(x, BLOCKED_MAP))
  const name = convNode(
    emit,
    map,
    kernel,
    [emit.block, inputs ?? 0, ...window.taps],
    window,
    bias,
    epilogue,
  )
  const cut = emit.node('ReorderOutput', [name], { channels: { int: outputs ?? 0 } }, NCHWC)
  return { name: cut, shape: value.shape, layout: CHANNELS_FIRST }
}

function convNode(
  emit: Emitter,
  map: string,
  filter: string,
  filterDims: readonly number[],
  window: Pick<ConvWindow, 'pads' | 'strides'>,
  bias: readonly string[],
  epilogue: Epilogue,
): string {
  const attributes: Record<string, OnnxAttribute> = {
    kernel_shape: { ints: filterDims.slice(2) },
    pads: { ints: window.pads },
    strides: { ints: window.strides },
  }
  if (epilogue.slope !== null) {
    attributes['activation'] = { text: 'LeakyRelu' }
    attributes['activation_params'] = { floats: [epilogue.slope] }
  }
  return emit.node('Conv', [map, emit.reshape(filter, filterDims), ...bias], attributes, NCHWC)
}

/** The filter in the kernel's order; for the turned roles also turned by 180 degrees. */
function blockedFilter(emit: Emitter, filter: Placed, roles: Roles): string {
  const placed = emit.place(filter, BLOCKED_FILTER)
  if (roles === FORWARD) return placed.name
  const count = (filter.shape[0] ?? 1) * (filter.shape[1] ?? 1)
  return turnedTaps(
    emit,
    placed,
    Array.from({ length: count }, (_, i) => count - 1 - i),
  )
}

/**
 * The given taps of a blocked filter with input and output channels exchanged: blocks are gathered in the new order,
 * and each is transposed by the runtime's own reordering of a map, which is much faster than its Transpose.
 */
function turnedTaps(emit: Emitter, filter: Placed, taps: readonly number[]): string {
  const { block } = emit
  const [height = 1, width = 1, inputs = 1, outputs = 1] = filter.shape
  const [inBlocks, outBlocks, count] = [inputs / block, outputs / block, height * width]
  const order: number[] = []
  for (let i = 0; i < inBlocks; i++) {
    for (let o = 0; o < outBlocks; o++)
      for (const tap of taps) order.push((o * inBlocks + i) * count + tap)
  }
  const blocks = emit.reshape(filter.name, [outBlocks * inBlocks * count, block, 2, block / 2])
  return emit.node('ReorderInput', [emit.node('Gather', [blocks, emit.indices(order)])], {}, NCHWC)
}

function fewInputsFilter(emit: Emitter, filter: Placed, roles: Roles): string {
  const layout: Layout = [`${roles.output}/`, `${roles.input}`, '0', '1', `${roles.output}%`]
  return turnedRound(emit, emit.place(filter, layout), roles).name
}

function fewOutputsFilter(emit: Emitter, filter: Placed, roles: Roles, zeros: number): string {
  const layout: Layout = [`${roles.input}/`, '0', '1', `${roles.input}%`, `${roles.output}`]
  const placed = turnedRound(emit, emit.place(filter, layout), roles)
  return emit.node('Pad', [placed.name, emit.sizes([0, 0, 0, 0, 0, 0, 0, 0, 0, zeros])])
}

/** For the turned roles: the taps turned by 180 degrees, in a small filter. */
function turnedRound(emit: Emitter, filter: Placed, roles: Roles): Placed {
  if (roles === FORWARD || ((filter.shape[0] ?? 1) === 1 && (filter.shape[1] ?? 1) === 1))
    return filter
  const each = (n: number): string => emit.sizes([n, n])
  const parts = emit.sizes([filter.layout.indexOf('0'), filter.layout.indexOf('1')])
  return {
    ...filter,
    name: emit.node('Slice', [filter.name, each(-1), each(-(2 ** 31)), parts, each(-1)]),
  }
}

/** The part of a strided `convInput` along one axis that makes every stride-th row: which taps, and the padding. */
type Phase = { readonly taps: readonly number[]; readonly before: number; readonly after: number }

/**
 * Output row y = s m + phase takes dy's rows m + shift - u with the taps first + s u: a convolution at stride 1 with
 * every s-th tap, in reverse.
 */
function phaseOf(
  phase: number,
  window: ConvWindow,
  axis: 0 | 1,
  size: number,
  given: number,
): Phase {
  const [taps, stride, pad] = [window.taps[axis], window.strides[axis], window.pads[axis]]
  const first = (phase + pad) % stride
  const shift = (phase + pad - first) / stride
  const count = Math.ceil((taps - first) / stride)
  const rows = size / stride
  return {
    taps: Array.from({ length: Math.max(0, count) }, (_, v) => first + stride * (count - 1 - v)),
    before: count - 1 - shift,
    after: rows - 1 + shift - (given - 1),
  }
}

/** A strided `convInput` as one small convolution for each phase of the rows and columns, interleaved. */
function phasedConvInput(low: Lowering, value: Value, op: OpOf<'convInput'>): Placed | null {
  const { emit } = low
  const { window, size, epilogue } = op
  const [dy, filter] = [low.placed(arg(value, 0)), low.placed(arg(value, 1))]
  const [n = 1, , , channels = 0] = value.shape
  if (!isBlocked(emit, channels) || !isBlocked(emit, dy.shape[3])) return null
  const [down, across] = window.strides
  if (size[0] % down !== 0 || size[1] % across !== 0) return null
  const phases = (axis: 0 | 1): Phase[] =>
    Array.from({ length: window.strides[axis] }, (_, phase) =>
      phaseOf(phase, window, axis, size[axis], dy.shape[axis + 1] ?? 1),
    )
  const [rows, columns] = [phases(0), phases(1)]
  if ([...rows, ...columns].some((p) => p.taps.length === 0 || p.before < 0 || p.after < 0))
    return null

  const map = emit.nchw(emit.place(dy, BLOCKED_MAP))
  const kernel = emit.place(filter, BLOCKED_FILTER)
  const bias = biasName(low, value, epilogue)
  const lines = (n * channels * size[0]) / (emit.block * down)
  const strips = rows.map((row) => {
    const parts = columns.map((column) => {
      const taps = row.taps.flatMap((y) => column.taps.map((x) => y * window.taps[1] + x))
      const dims = [channels, dy.shape[3] ?? 0, row.taps.length, column.taps.length]
      const at = {
        pads: [row.before, column.before, row.after, column.after],
        strides: [1, 1],
      } as const
      const part = convNode(emit, map, turnedTaps(emit, kernel, taps), dims, at, bias, epilogue)
      return emit.reshape(part, [(lines * size[1]) / across, 1, emit.block])
    })
    const joined = emit.node('Concat', parts, { axis: { int: 1 } })
    return emit.reshape(joined, [lines, 1, size[1] * emit.block])
  })
  return emit.blockedMap(emit.node('Concat', strips, { axis: { int: 1 } }), value.shape)
}
