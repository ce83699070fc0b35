import { graphOf, modelOf } from '../compiler/compile'
import type { Compiled, CompileOptions } from '../compiler/compile'
import type { Graph } from '../compiler/ir'
import type { Target } from '../compiler/lower/lower'
import type { Program, TensorSpec, Tensors } from './engine'
import './ops'

/** Prefixes of a program's tensors in its graph and model. */
export const STATE = 'state/'
export const INPUT = 'input/'
export const OUTPUT = 'output/'

/** What a program does in a step, as the compiler's graph. State that comes back as it was is left out. */
export class ProgramGraph {
  readonly graph: Graph
  readonly #program: Program

  private constructor(program: Program, graph: Graph) {
    this.#program = program
    this.graph = graph
  }

  /** Throws, naming the program, for what the compiler cannot express. */
  static of(program: Program): ProgramGraph {
    const specs: Record<string, TensorSpec> = {}
    for (const [name, spec] of Object.entries(program.state)) specs[STATE + name] = spec
    for (const [name, spec] of Object.entries(program.inputs)) specs[INPUT + name] = spec
    const graph = graphOf((tensors) => stepOf(program, tensors), specs, program.name)
    for (const [name, { shape }] of graph.outputs) {
      const spec = name.startsWith(STATE) ? specs[name] : undefined
      if (spec && spec.shape.join() !== shape.join()) {
        throw new Error(
          `program "${program.name}": ${name} has shape [${spec.shape.join(', ')}] but returns as [${shape.join(', ')}]`,
        )
      }
    }
    return new ProgramGraph(program, graph)
  }

  /** The model for one runtime. A state tensor has one layout as input and as output. */
  modelFor(target: Partial<Target> & Pick<CompileOptions, 'sentinel'>): Compiled {
    const names = Object.keys(this.#program.state)
    const ties = new Map(names.map((name) => [STATE + name, STATE + name]))
    return modelOf(this.graph, { ...target, name: this.#program.name, ties })
  }
}

function stepOf(program: Program, tensors: Tensors): Tensors {
  const state = named(tensors, STATE)
  const result = program.run(state, named(tensors, INPUT))
  const all: Record<string, Tensors[string]> = {}
  for (const [name, tensor] of Object.entries(result.state)) {
    if (!(name in program.state)) throw new Error(`it returns "${name}", which is not in its state`)
    if (tensor !== state[name]) all[STATE + name] = tensor
  }
  for (const [name, tensor] of Object.entries(result.outputs)) all[OUTPUT + name] = tensor
  return all
}

function named(tensors: Tensors, prefix: string): Tensors {
  const picked: Record<string, Tensors[string]> = {}
  for (const [name, tensor] of Object.entries(tensors)) {
    if (name.startsWith(prefix)) picked[name.slice(prefix.length)] = tensor
  }
  return picked
}
