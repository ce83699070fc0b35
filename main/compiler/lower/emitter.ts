import type { Shape } from '../ir'
import { sizeOf } from '../ir'
import type { OnnxAttribute, OnnxConstant, OnnxNode } from '../onnx'
import { NCHWC } from '../onnx'
import type { AxisPart, Layout } from './layout'
import {
  axisOf,
  BLOCKED_MAP,
  CHANNELS_FIRST,
  dimsOf,
  isInner,
  isOuter,
  isWhole,
  partSize,
  rowMajor,
  sameLayout,
} from './layout'

/** A value in the ONNX graph: its logical shape, and how it lies in memory. */
export type Placed = { readonly name: string; readonly shape: Shape; readonly layout: Layout }

type Attributes = Readonly<Record<string, OnnxAttribute>>

/** Collects ONNX nodes; equal nodes and equal constants are made once. */
export class Emitter {
  /** Channels in a block of the blocked layout; 0 where this device's runtime has none. */
  readonly block: number
  /** Whether plain convolutions must be given a multiple of 4 channels. */
  readonly padChannels: boolean
  readonly nodes: OnnxNode[] = []
  readonly constants: OnnxConstant[] = []
  readonly #known = new Map<string, string>()
  readonly #constantsByKey = new Map<string, readonly OnnxConstant[]>()
  #count = 0

  constructor(block: number, padChannels = false) {
    this.block = block
    this.padChannels = padChannels
  }

  /** Name of the result of an ONNX node. Absent optional inputs are ''. */
  node(type: string, inputs: readonly string[], attributes: Attributes = {}, domain = ''): string {
    const key = `${domain}.${type}(${inputs.join(',')})${JSON.stringify(attributes)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const output = `v${this.#count++}`
    this.nodes.push({ type, domain, inputs, output, attributes })
    this.#known.set(key, output)
    return output
  }

  number(value: number): string {
    return this.#constant('float32', [], Float32Array.of(value))
  }

  numbers(values: ArrayLike<number>, dims: readonly number[]): string {
    return this.#constant('float32', dims, Float32Array.from(values))
  }

  /** Indices for Gather: a vector, or of the given sizes. */
  indices(values: ArrayLike<number>, dims: readonly number[] = [values.length]): string {
    return this.#constant('int32', dims, Int32Array.from(values))
  }

  /** A vector of sizes, axes or positions. */
  sizes(values: readonly number[]): string {
    return this.#constant('int64', [values.length], BigInt64Array.from(values.map(BigInt)))
  }

  reshape(name: string, dims: readonly number[]): string {
    return this.node('Reshape', [name, this.sizes(dims)])
  }

  dims(value: Placed): number[] {
    return dimsOf(value.layout, value.shape, this.block)
  }

  /** The value in another layout. */
  place(value: Placed, layout: Layout): Placed {
    if (sameLayout(value.layout, layout)) return value
    const { shape } = value
    const dims = dimsOf(layout, shape, this.block)
    const done = (name: string): Placed => ({ name, shape, layout })
    if (
      sameLayout(value.layout, CHANNELS_FIRST) &&
      sameLayout(layout, BLOCKED_MAP) &&
      (shape[3] ?? 1) > 1
    ) {
      return done(this.reshape(this.node('ReorderInput', [value.name], {}, NCHWC), dims))
    }
    if (
      sameLayout(value.layout, BLOCKED_MAP) &&
      sameLayout(layout, CHANNELS_FIRST) &&
      (shape[3] ?? 1) > 1
    ) {
      return done(
        this.node('ReorderOutput', [this.nchw(value)], { channels: { int: shape[3] ?? 1 } }, NCHWC),
      )
    }
    return done(this.reshape(this.#transposed(value, layout), dims))
  }

  /** A blocked map's name under the four dimensions that the blocked kernels want. */
  nchw(map: Placed): string {
    return this.reshape(
      map.name,
      CHANNELS_FIRST.map((part) => partSize(part, map.shape, this.block)),
    )
  }

  /** The result of a blocked kernel as a map of this shape. */
  blockedMap(name: string, shape: Shape): Placed {
    return {
      name: this.reshape(name, dimsOf(BLOCKED_MAP, shape, this.block)),
      shape,
      layout: BLOCKED_MAP,
    }
  }

  /** The value with ones before its shape up to `rank`. */
  lift(value: Placed, rank: number): Placed {
    const extra = rank - value.shape.length
    if (extra <= 0) return value
    const shape = [...new Array<number>(extra).fill(1), ...value.shape]
    const layout = [...rowMajor(extra), ...value.layout.map((part) => shifted(part, extra))]
    return { name: this.reshape(value.name, dimsOf(layout, shape, this.block)), shape, layout }
  }

  /** Moves memory so that the parts come in `layout`'s order; dimensions are left as they fall. */
  #transposed(value: Placed, layout: Layout): string {
    const real = (parts: Layout): Layout =>
      parts.filter((part) => partSize(part, value.shape, this.block) !== 1)
    const from = real(splitLike(value.layout, layout))
    const to = real(splitLike(layout, value.layout))
    // Parts that stay neighbours move as one, so that Transpose sees few axes.
    const runs: AxisPart[][] = []
    for (const part of from) {
      const run = runs[runs.length - 1]
      const last = run?.[run.length - 1]
      if (run && last !== undefined && to.indexOf(part) === to.indexOf(last) + 1) run.push(part)
      else runs.push([part])
    }
    if (runs.length <= 1) return value.name
    const place = (run: readonly AxisPart[]): number => to.indexOf(run[0] as AxisPart)
    const order = runs.map((_, i) => i).sort((a, b) => place(runs[a] ?? []) - place(runs[b] ?? []))
    const dims = runs.map((run) =>
      sizeOf(run.map((part) => partSize(part, value.shape, this.block))),
    )
    return this.node('Transpose', [this.reshape(value.name, dims)], { perm: { ints: order } })
  }

  #constant(
    type: OnnxConstant['type'],
    dims: readonly number[],
    data: OnnxConstant['data'],
  ): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const key = `${type}[${dims.join(',')}]#${checksum(bytes)}`
    const alike = this.#constantsByKey.get(key) ?? []
    const known = alike.find((constant) => sameBytes(constant.data, bytes))
    if (known) return known.name
    const name = `c${this.#count++}`
    const constant = { name, type, dims, data }
    this.constants.push(constant)
    this.#constantsByKey.set(key, [...alike, constant])
    return name
  }
}

/** A 32-bit FNV-1a hash: tells most constants apart without comparing them. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

function sameBytes(data: OnnxConstant['data'], bytes: Uint8Array): boolean {
  const own = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return own.length === bytes.length && own.every((byte, i) => byte === bytes[i])
}

function shifted(part: AxisPart, by: number): AxisPart {
  const axis = axisOf(part) + by
  if (isOuter(part)) return `${axis}/`
  return isInner(part) ? `${axis}%` : `${axis}`
}

/** `layout` with the axes split that `other` has split. */
function splitLike(layout: Layout, other: Layout): Layout {
  return layout.flatMap((part): AxisPart[] => {
    const axis = axisOf(part)
    return isWhole(part) && other.includes(`${axis}/`) ? [`${axis}/`, `${axis}%`] : [part]
  })
}
