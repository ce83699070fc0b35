import type { ConvKernels } from '../convSites'
import type { Graph, Value } from '../ir'
import { sizeOf } from '../ir'
import type { OnnxGraph, OnnxNode, OnnxPort } from '../onnx'
import { lowerAfter } from './after'
import { lowerMatmul } from './conv'
import { lowerConvolution } from './convolution'
import { lowerElementwise } from './elementwise'
import { Emitter } from './emitter'
import type { Placed } from './emitter'
import type { Layout } from './layout'
import { dimsOf, rowMajor } from './layout'
import type { Lowering } from './lowering'
import {
  lowerBroadcast,
  lowerConcat,
  lowerPad,
  lowerReshape,
  lowerReverse,
  lowerSlice,
  lowerTile,
  lowerTranspose,
} from './movement'
import { lowerReduce } from './reduce'
import { lowerResample } from './resample'

const ONNX_FLOAT = 1

/** Layouts that the graph's inputs and outputs must have; row-major where not given. */
export type PortLayouts = {
  readonly inputs: ReadonlyMap<string, Layout>
  readonly outputs: ReadonlyMap<string, Layout>
}

/** Prefixes keep the names of ports apart from each other and from the graph's own. */
export const INPUT_PREFIX = 'in:'
export const OUTPUT_PREFIX = 'out:'

/** What the runtime that a graph is lowered for has and wants. */
export type Target = {
  /** Channels in a block of the runtime's blocked layout (8 or 16); 0 for runtimes without one. */
  readonly block: number
  /** Whether convolutions must be given a multiple of 4 channels, for a runtime that errs at some other counts. */
  readonly padChannels: boolean
  /** The kernels of 3x3 convolutions, where they were chosen. */
  readonly kernels: ConvKernels
}

/** The graph in ONNX's operations. */
export function lower(graph: Graph, layouts: PortLayouts, target: Target): OnnxGraph {
  const { block, padChannels, kernels } = target
  const emit = new Emitter(block, padChannels)
  const known = new Map<Value, Placed>()
  const inputs: OnnxPort[] = []
  const placed = (value: Value): Placed => {
    const found = known.get(value)
    if (!found) throw new Error(`value ${value.id} is used before it is lowered`)
    return found
  }
  for (const value of graph.values) {
    if (value.op.kind !== 'input') {
      known.set(value, lowerValue({ emit, kernels, placed }, value))
      continue
    }
    const { name: inputName, type } = value.op
    const layout = layouts.inputs.get(inputName) ?? rowMajor(value.shape.length)
    const name = INPUT_PREFIX + inputName
    inputs.push({ name, type, dims: dimsOf(layout, value.shape, block) })
    const float = type === 'float32' ? name : emit.node('Cast', [name], { to: { int: ONNX_FLOAT } })
    known.set(value, { name: float, shape: value.shape, layout })
  }
  return finish(graph, layouts, emit, inputs, placed)
}

function finish(
  graph: Graph,
  layouts: PortLayouts,
  emit: Emitter,
  inputs: readonly OnnxPort[],
  placed: (value: Value) => Placed,
): OnnxGraph {
  const outputs: OnnxPort[] = []
  const results = new Map<string, string>()
  const copies: OnnxNode[] = []
  const made = new Set(emit.nodes.map((node) => node.output))
  for (const [outputName, value] of graph.outputs) {
    const layout = layouts.outputs.get(outputName) ?? rowMajor(value.shape.length)
    const source = emit.place(placed(value), layout).name
    const name = OUTPUT_PREFIX + outputName
    outputs.push({ name, type: 'float32', dims: dimsOf(layout, value.shape, emit.block) })
    const isOwn = made.has(source) || emit.nodes.some((node) => node.output === source)
    if (isOwn && !results.has(source)) results.set(source, name)
    else
      copies.push({ type: 'Identity', domain: '', inputs: [source], output: name, attributes: {} })
  }
  const renamed = (name: string): string => results.get(name) ?? name
  const nodes = [...emit.nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(renamed),
    output: renamed(node.output),
  }))
  return { nodes, constants: emit.constants, inputs, outputs }
}

function lowerValue(low: Lowering, value: Value): Placed {
  const { op, shape } = value
  switch (op.kind) {
    case 'input':
      throw new Error(`input "${op.name}" is lowered with the graph`)
    case 'fill':
      return lowerFill(low, value, op.value)
    case 'constant':
      return { name: low.emit.numbers(op.data, shape), shape, layout: rowMajor(shape.length) }
    case 'unary':
    case 'leakyRelu':
    case 'step':
    case 'binary':
    case 'select':
      return lowerElementwise(low, value, op)
    case 'reduce':
      return lowerReduce(low, value, op)
    case 'reshape':
      return lowerReshape(low, value)
    case 'broadcast':
      return lowerBroadcast(low, value)
    case 'transpose':
      return lowerTranspose(low, value, op)
    case 'concat':
      return lowerConcat(low, value, op)
    case 'slice':
      return lowerSlice(low, value, op)
    case 'pad':
      return lowerPad(low, value, op)
    case 'tile':
      return lowerTile(low, value, op)
    case 'reverse':
      return lowerReverse(low, value, op)
    case 'matmul':
      return lowerMatmul(low, value, op)
    case 'conv':
    case 'convInput':
    case 'convFilter':
      return lowerConvolution(low, value, op)
    case 'resample':
      return lowerResample(low, value, op)
    case 'after':
      return lowerAfter(low, value)
    default:
      return op satisfies never
  }
}

function lowerFill({ emit }: Lowering, value: Value, number: number): Placed {
  const { shape } = value
  const scalar = emit.number(number)
  const name =
    sizeOf(shape) === 1
      ? emit.reshape(scalar, shape)
      : emit.node('Expand', [scalar, emit.sizes(shape)])
  return { name: shape.length === 0 ? scalar : name, shape, layout: rowMajor(shape.length) }
}
