import type { Op, Shape, Value } from '../ir'
import { sizeOf } from '../ir'
import { NCHWC } from '../onnx'
import type { Placed } from './emitter'
import { BLOCKED_MAP, CHANNELS_FIRST, dimsOf, partSize, rowMajor, sameLayout } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

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
  return (
    low.emit.block > 0 &&
    (sameLayout(x.layout, BLOCKED_MAP) || (x.shape[3] ?? 0) % low.emit.block === 0)
  )
}

function lowerUp({ emit, ...low }: Lowering, x: Placed, shape: Shape): Placed {
  if (isBlocked({ emit, ...low }, x)) {
    const scales = { scales: { ints: [1, 1, 2, 2] }, mode: { text: 'nearest' } }
    return emit.blockedMap(
      emit.node('Upsample', [emit.nchw(emit.place(x, BLOCKED_MAP))], scales, NCHWC),
      shape,
    )
  }
  const map = emit.place(x, CHANNELS_FIRST)
  const [n = 1, c = 1, h = 1, w = 1] = emit.dims(map)
  const apart = emit.reshape(map.name, [n * c * h, 1, w, 1])
  const doubled = emit.node('Expand', [apart, emit.sizes([n * c * h, 2, w, 2])])
  return { name: emit.reshape(doubled, [n, c, 2 * h, 2 * w]), shape, layout: map.layout }
}

function lowerDown({ emit, ...low }: Lowering, x: Placed, shape: Shape): Placed {
  const window = { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }
  if (isBlocked({ emit, ...low }, x)) {
    return emit.blockedMap(
      emit.node('AveragePool', [emit.nchw(emit.place(x, BLOCKED_MAP))], window, NCHWC),
      shape,
    )
  }
  const map = emit.place(x, CHANNELS_FIRST)
  return { name: emit.node('AveragePool', [map.name], window), shape, layout: map.layout }
}

/** Multiplies the taps, neighbours in memory in every filter layout, by a matrix. */
function lowerTaps(
  { emit }: Lowering,
  x: Placed,
  shape: Shape,
  matrix: readonly number[][],
): Placed {
  const together = x.layout.indexOf('1') === x.layout.indexOf('0') + 1 && x.layout.includes('0')
  const w = together ? x : emit.place(x, rowMajor(4))
  const at = w.layout.indexOf('0')
  const sizes = w.layout.map((part) => partSize(part, w.shape, emit.block))
  const [before, after] = [sizeOf(sizes.slice(0, at)), sizeOf(sizes.slice(at + 2))]
  const [to, from] = [matrix.length, matrix[0]?.length ?? 0]
  const name =
    after === 1
      ? emit.node('MatMul', [
          emit.reshape(w.name, [before, from]),
          emit.numbers(transposed(matrix).flat(), [from, to]),
        ])
      : emit.node('MatMul', [
          emit.numbers(matrix.flat(), [to, from]),
          emit.reshape(w.name, [before, from, after]),
        ])
  return { name: emit.reshape(name, dimsOf(w.layout, shape, emit.block)), shape, layout: w.layout }
}
