import type { ElementType, Graph, Shape } from './ir'
import { fromMemory, rowMajor, toMemory } from './lower/layout'
import type { Layout } from './lower/layout'
import { INPUT_PREFIX, lower, OUTPUT_PREFIX } from './lower/lower'
import type { PortLayouts, Target } from './lower/lower'
import { encode } from './onnx'
import type { OnnxGraph } from './onnx'
import { simplifyAlgebra } from './passes/algebra'
import { shareCommonSubexpressions } from './passes/commonSubexpressions'
import { foldConstants } from './passes/constantFolding'
import { removeDeadCode } from './passes/deadCode'
import { fuseEpilogues } from './passes/fusion'
import { chooseLayouts } from './passes/layout'
import { trace } from './trace'
import type { InputSpec, TensorFunction } from './trace'
import { verify } from './verify'

/** See {@link Target}; what is left out is none. */
export type CompileOptions = Partial<Target> & {
  /** Names the model in the ONNX file and in errors. */
  readonly name: string
  /** Inputs and the outputs that take their place at the next step. */
  readonly ties: ReadonlyMap<string, string>
  /** Whether the model has `SENTINEL` as its first output. */
  readonly sentinel?: boolean
}

/** An input or output of a compiled model: its logical shape, and how the model has it in memory. */
export type Port = {
  /** The name that the traced function knows. */
  readonly name: string
  /** The name in the ONNX model. */
  readonly onnxName: string
  readonly type: ElementType
  readonly shape: Shape
  readonly layout: Layout
  /** Sizes in memory, outermost first. */
  readonly dims: readonly number[]
  /** Row-major logical values as the model wants them. Only for float32. */
  toMemory(values: Float32Array): Float32Array
  fromMemory(memory: Float32Array): Float32Array
}

export type Compiled = {
  readonly model: Uint8Array
  /** Only the inputs that some output needs. */
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
}

const PASSES: readonly (readonly [string, (graph: Graph) => Graph])[] = [
  ['dead code removal', removeDeadCode],
  ['constant folding', foldConstants],
  ['algebra', simplifyAlgebra],
  ['sharing', shareCommonSubexpressions],
]

/** The passes stop changing graphs after a few rounds; this is only so that a bug cannot hang. */
const MOST_ROUNDS = 12

/** The graph after all passes, each of which the verifier has checked. */
export function optimise(graph: Graph): Graph {
  let current = graph
  verify(current, 'tracing')
  const apply = (name: string, pass: (graph: Graph) => Graph): void => {
    current = pass(current)
    verify(current, name)
  }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = current.values
    for (const [name, pass] of PASSES) apply(name, pass)
    if (sameOperations(before, current.values)) break
  }
  apply('fusion', fuseEpilogues)
  apply('dead code removal', removeDeadCode)
  return current
}

function sameOperations(a: Graph['values'], b: Graph['values']): boolean {
  return a.length === b.length && a.every((value, i) => value.op === b[i]?.op)
}

/** Traces a function of tensors and makes an ONNX model of it. Throws, naming the model, for what it cannot express. */
export function compile(
  work: TensorFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  options: CompileOptions,
): Compiled {
  return modelOf(graphOf(work, inputs, options.name), options)
}

/** The first half of {@link compile}: what the function does, in as few operations as the passes find. */
export function graphOf(
  work: TensorFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  name: string,
): Graph {
  return named(name, () => optimise(trace(work, inputs)))
}

/** The second half of {@link compile}: a graph as a model for one runtime. */
export function modelOf(
  graph: Graph,
  { name, ties, sentinel, ...given }: CompileOptions,
): Compiled {
  return named(name, () => {
    const target = { block: 0, padChannels: false, kernels: new Map(), ...given }
    const layouts = chooseLayouts(graph, ties, target)
    const onnxGraph = lower(graph, layouts, target)
    const ports = new Ports(layouts, onnxGraph, target.block)
    const used = graph.values.flatMap(({ op }) => (op.kind === 'input' ? [op] : []))
    return {
      model: encode(name, onnxGraph, { sentinel }),
      inputs: used.map((op) => ports.input(op.name, op.type, op.shape)),
      outputs: [...graph.outputs].map(([output, value]) => ports.output(output, value.shape)),
    }
  })
}

function named<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(
      `cannot compile program "${name}": ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

/** Makes the {@link Port}s of a lowered graph. */
class Ports {
  readonly #layouts: PortLayouts
  readonly #graph: OnnxGraph
  readonly #block: number

  constructor(layouts: PortLayouts, graph: OnnxGraph, block: number) {
    this.#layouts = layouts
    this.#graph = graph
    this.#block = block
  }

  input(name: string, type: ElementType, shape: Shape): Port {
    return this.#port(name, INPUT_PREFIX, type, shape, 'inputs')
  }

  output(name: string, shape: Shape): Port {
    return this.#port(name, OUTPUT_PREFIX, 'float32', shape, 'outputs')
  }

  #port(
    name: string,
    prefix: string,
    type: ElementType,
    shape: Shape,
    side: 'inputs' | 'outputs',
  ): Port {
    const block = this.#block
    const onnxName = prefix + name
    const layout = this.#layouts[side].get(name) ?? rowMajor(shape.length)
    const dims = this.#graph[side].find((found) => found.name === onnxName)?.dims ?? []
    return {
      name,
      onnxName,
      type,
      shape,
      layout,
      dims,
      toMemory: (values) => toMemory(values, layout, shape, block),
      fromMemory: (memory) => fromMemory(memory, layout, shape, block),
    }
  }
}
