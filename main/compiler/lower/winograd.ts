/**
 * 3x3 convolutions by Winograd's F(2x2, 3x3) (Lavin and Gray 2016, section 4.1): each 2x2 tile of the result comes from
 * a 4x4 tile of the map by 16 products a channel instead of 36. All of it is matrix products. Maps lie with their
 * pixels outermost, [h, w, n, c]; going to tiles and back is a product with a constant matrix for each axis, which also
 * pads; between, each of the 16 places within a tile has a product of its own. The gradients are the adjoints of the
 * same three maps, so that they share transformed maps and filters with the convolution.
 */
import { siteOf } from '../convSites'
import type { ConvSite } from '../convSites'
import type { Epilogue, Op, Value } from '../ir'
import { MICROSOFT } from '../onnx'
import { biasName } from './conv'
import type { Emitter, Placed } from './emitter'
import { PIXELS_FIRST, rowMajor } from './layout'
import type { Lowering } from './lowering'
import { arg } from './lowering'

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

/** Rows: the places along a tile. What each takes of the map, of the filter's taps, and gives to the result. */
const FROM_MAP = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
]
const FROM_TAPS = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
]
const TO_RESULT = [
  [1, 0],
  [1, 1],
  [1, -1],
  [0, -1],
]
const PLACES = 4
const STEP = 2

/** One side of the algorithm: what a place takes of the pixels from `first` on, relative to the tile's own two. */
type Side = { readonly weights: readonly (readonly number[])[]; readonly first: number }

const MAP: Side = { weights: FROM_MAP, first: -1 }
const RESULT: Side = { weights: TO_RESULT, first: 0 }

export function winogradConv(low: Lowering, value: Value, op: OpOf<'conv'>): Placed | null {
  const site = siteOf(value)
  if (!site) return null
  const map = toTiles(low.emit, low.placed(arg(value, 0)), MAP)
  const filter = filterInTiles(low.emit, low.placed(arg(value, 1)), site)
  const tiles = low.emit.node('MatMul', [map, filter])
  return finished(low, value, fromTiles(low.emit, tiles, value.shape, RESULT), op.epilogue)
}

export function winogradConvInput(
  low: Lowering,
  value: Value,
  op: OpOf<'convInput'>,
): Placed | null {
  const site = siteOf(value)
  if (!site) return null
  const gradient = toTiles(low.emit, low.placed(arg(value, 0)), RESULT)
  const filter = filterInTiles(low.emit, low.placed(arg(value, 1)), site)
  const tiles = product(low.emit, gradient, filter, 'right')
  return finished(low, value, fromTiles(low.emit, tiles, value.shape, MAP), op.epilogue)
}

export function winogradConvFilter(low: Lowering, value: Value): Placed | null {
  const { emit } = low
  const site = siteOf(value)
  if (!site) return null
  const map = toTiles(emit, low.placed(arg(value, 0)), MAP)
  const gradient = toTiles(emit, low.placed(arg(value, 1)), RESULT)
  const byRow = product(emit, map, gradient, 'left')
  const sum = emit.node('ReduceSum', [byRow, emit.sizes([1])], { keepdims: { int: 0 } })
  const channels = site.inputs * site.outputs
  const tiles = emit.reshape(sum, [PLACES * PLACES, channels])
  const taps = emit.node('MatMul', [tapMatrix(emit, 'from places'), tiles])
  return { name: emit.reshape(taps, value.shape), shape: value.shape, layout: rowMajor(4) }
}

/** A map as [place down, tile down, place across, tiles across times images, channels]. */
function toTiles(emit: Emitter, map: Placed, side: Side): string {
  const [images = 1, height = 1, width = 1, channels = 1] = map.shape
  const pixels = emit.place(map, PIXELS_FIRST).name
  const inner = images * channels
  const [down, across] = [PLACES * (height / STEP), PLACES * (width / STEP)]
  const rows = emit.node('MatMul', [
    sideMatrix(emit, side, height, 'to places'),
    emit.reshape(pixels, [height, width * inner]),
  ])
  const tiles = emit.node('MatMul', [
    sideMatrix(emit, side, width, 'to places'),
    emit.reshape(rows, [down, width, inner]),
  ])
  const tilesAcross = across / PLACES
  return emit.reshape(tiles, [PLACES, down / PLACES, PLACES, tilesAcross * images, channels])
}

/** The adjoint of {@link toTiles}. */
function fromTiles(emit: Emitter, tiles: string, shape: Value['shape'], side: Side): string {
  const [images = 1, height = 1, width = 1, channels = 1] = shape
  const inner = images * channels
  const [down, across] = [PLACES * (height / STEP), PLACES * (width / STEP)]
  const columns = emit.node('MatMul', [
    sideMatrix(emit, side, width, 'from places'),
    emit.reshape(tiles, [down, across, inner]),
  ])
  const pixels = emit.node('MatMul', [
    sideMatrix(emit, side, height, 'from places'),
    emit.reshape(columns, [down, width * inner]),
  ])
  return emit.reshape(pixels, [height, width, images, channels])
}

/** [places times tiles, size], or its transpose: what each place of each tile takes of a line of pixels; none beyond its ends. */
function sideMatrix(
  emit: Emitter,
  { weights, first }: Side,
  size: number,
  direction: 'to places' | 'from places',
): string {
  const tiles = size / STEP
  const rows = weights.flatMap((row) =>
    Array.from({ length: tiles }, (_, tile) =>
      Array.from({ length: size }, (__, at) => row[at - STEP * tile - first] ?? 0),
    ),
  )
  return matrix(emit, rows, direction)
}

/** [16, 9], or its transpose: what each place within a tile takes of a filter's taps. */
function tapMatrix(emit: Emitter, direction: 'to places' | 'from places'): string {
  const rows = FROM_TAPS.flatMap((down) =>
    FROM_TAPS.map((across) => down.flatMap((a) => across.map((b) => a * b))),
  )
  return matrix(emit, rows, direction)
}

function matrix(
  emit: Emitter,
  rows: readonly (readonly number[])[],
  direction: 'to places' | 'from places',
): string {
  const [first = []] = rows
  if (direction === 'to places') return emit.numbers(rows.flat(), [rows.length, first.length])
  const turned = first.flatMap((_, column) => rows.map((row) => row[column] ?? 0))
  return emit.numbers(turned, [first.length, rows.length])
}

function filterInTiles(emit: Emitter, filter: Placed, { inputs, outputs }: ConvSite): string {
  const taps = emit.reshape(emit.place(filter, rowMajor(4)).name, [9, inputs * outputs])
  const places = emit.node('MatMul', [tapMatrix(emit, 'to places'), taps])
  return emit.reshape(places, [PLACES, 1, PLACES, inputs, outputs])
}

/** The matrix products of two stacks, one of them transposed. */
function product(emit: Emitter, a: string, b: string, transposed: 'left' | 'right'): string {
  const attributes = {
    transA: { int: Number(transposed === 'left') },
    transB: { int: Number(transposed === 'right') },
  }
  return emit.node('FusedMatMul', [a, b], attributes, MICROSOFT)
}

function finished(low: Lowering, value: Value, name: string, epilogue: Epilogue): Placed {
  const { emit } = low
  let result = name
  for (const bias of biasName(low, value, epilogue)) result = emit.node('Add', [result, bias])
  if (epilogue.slope !== null)
    result = emit.node('LeakyRelu', [result], { alpha: { float: epilogue.slope } })
  return { name: result, shape: value.shape, layout: PIXELS_FIRST }
}
