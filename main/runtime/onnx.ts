import { InferenceSession, Tensor } from 'onnxruntime-node'
import { compile } from '../compiler/compile'
import type { Compiled, Port } from '../compiler/compile'
import type { TensorFunction } from '../compiler/trace'
import { AlignedPool } from './alignedPool'
import { probeBlock } from './blockedLayout'
import { physicalCores } from './devices'
import type { Engine, InputValues, Program, Session, TensorSpec, Tensors, Values } from './engine'
import './ops'
import { runSteps } from './runSteps'
import { Turns } from './turns'
import { checkState, chosenState, sizeOf } from './values'

export type OnnxEngineOptions = {
  /** Threads of one step; the machine's physical cores where left out or null. Other numbers of threads round otherwise. */
  readonly threads?: number | null
  /** Channels in a block of the blocked layout, 0 for plain convolutions; found out where left out. */
  readonly block?: number
}

const STATE = 'state/'
const INPUT = 'input/'
const OUTPUT = 'output/'

/**
 * Compiles programs to ONNX and runs them with ONNX Runtime on the CPU. Equal steps on equal state give equal bits, on
 * one machine with one number of threads, however they are grouped into calls of `run`.
 */
export class OnnxEngine implements Engine {
  readonly name = 'onnx-cpu'
  readonly #threads: number
  readonly #givenBlock: number | undefined
  #block: Promise<number> | null = null

  constructor({ threads, block }: OnnxEngineOptions = {}) {
    this.#threads = threads ?? physicalCores()
    this.#givenBlock = block
  }

  async load(program: Program): Promise<Session> {
    this.#block ??=
      this.#givenBlock === undefined ? probeBlock() : Promise.resolve(this.#givenBlock)
    const compiled = compileProgram(program, await this.#block)
    try {
      const session = await InferenceSession.create(compiled.model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: this.#threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        // It would plan one block for a whole step and hold it beside the memory that the first step took piece by piece.
        enableMemPattern: false,
        graphOptimizationLevel: 'all',
        // It moves paddings into pools that then refuse them, being wider than their window.
        extra: { optimization: { disable_specified_optimizers: 'Pad_Fusion' } },
        logSeverityLevel: 3,
      })
      return new OnnxSession(program, compiled, session)
    } catch (error) {
      throw new Error(`ONNX Runtime cannot load program "${program.name}": ${messageOf(error)}`, {
        cause: error,
      })
    }
  }
}

/** The program's model, with state, inputs and outputs under prefixed names. State that comes back as it was is left out. */
export function compileProgram(program: Program, block: number, padChannels = false): Compiled {
  const specs: Record<string, TensorSpec> = {}
  for (const [name, spec] of Object.entries(program.state)) specs[STATE + name] = spec
  for (const [name, spec] of Object.entries(program.inputs)) specs[INPUT + name] = spec
  const names = Object.keys(program.state)
  const ties = new Map(names.map((name) => [STATE + name, STATE + name]))
  const work: TensorFunction = (tensors) => {
    const state = named(tensors, STATE)
    const result = program.run(state, named(tensors, INPUT))
    const all: Record<string, Tensors[string]> = {}
    for (const [name, tensor] of Object.entries(result.state)) {
      if (!(name in program.state))
        throw new Error(`it returns "${name}", which is not in its state`)
      if (tensor !== state[name]) all[STATE + name] = tensor
    }
    for (const [name, tensor] of Object.entries(result.outputs)) all[OUTPUT + name] = tensor
    return all
  }
  const compiled = compile(work, specs, { name: program.name, block, ties, padChannels })
  for (const port of compiled.outputs) {
    const spec = port.name.startsWith(STATE) ? specs[port.name] : undefined
    if (spec && spec.shape.join() !== port.shape.join()) {
      throw new Error(
        `program "${program.name}": ${port.name} has shape [${spec.shape.join(', ')}] but returns as [${port.shape.join(', ')}]`,
      )
    }
  }
  return compiled
}

function named(tensors: Tensors, prefix: string): Tensors {
  const picked: Record<string, Tensors[string]> = {}
  for (const [name, tensor] of Object.entries(tensors)) {
    if (name.startsWith(prefix)) picked[name.slice(prefix.length)] = tensor
  }
  return picked
}

/** A state tensor: where it is, where the next step writes it, and how it lies there. */
type Slot = {
  readonly reads: Port | undefined
  readonly writes: Port | undefined
  readonly port: Port | null
  now: Tensor
  next: Tensor | null
}

class OnnxSession implements Session {
  readonly stateNames: readonly string[]
  readonly #program: Program
  readonly #session: InferenceSession
  readonly #slots = new Map<string, Slot>()
  readonly #inputs = new Map<string, { port: Port; tensor: Tensor }>()
  readonly #outputs = new Map<string, { port: Port; tensor: Tensor }>()
  readonly #turns = new Turns()

  constructor(program: Program, compiled: Compiled, session: InferenceSession) {
    this.#program = program
    this.#session = session
    this.stateNames = Object.keys(program.state)
    this.#allot(compiled)
  }

  setState(values: Values): Promise<void> {
    return this.#turns.take(async () => {
      checkState(this.#program, values)
      for (const [name, slot] of this.#slots) {
        const given = values[name] as Float32Array
        floatsOf(slot.now).set(slot.port ? slot.port.toMemory(given) : given)
      }
    })
  }

  getState(names: readonly string[] = this.stateNames): Promise<Values> {
    return this.#turns.take(() =>
      chosenState(this.#program, names, (name) => {
        const slot = this.#slots.get(name) as Slot
        return slot.port ? slot.port.fromMemory(floatsOf(slot.now)) : floatsOf(slot.now).slice()
      }),
    )
  }

  run(inputs: readonly InputValues[], signal?: AbortSignal): Promise<Values[]> {
    return this.#turns.take(() =>
      runSteps(this.#program, inputs, (values) => this.#step(values), signal),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.take(() => this.#session.release())
    for (const tensors of [this.#slots, this.#inputs, this.#outputs]) tensors.clear()
  }

  /** One step. The runtime itself waits for a turn of the event loop before it computes, which blocks this thread. */
  async #step(values: InputValues): Promise<Values> {
    const feeds: Record<string, Tensor> = {}
    const fetches: Record<string, Tensor> = {}
    for (const [name, { port, tensor }] of this.#inputs) {
      const given = values[name] as Float32Array
      const data = tensor.data as Float32Array
      data.set(port.type === 'float32' ? port.toMemory(given) : given)
      feeds[port.onnxName] = tensor
    }
    for (const slot of this.#slots.values()) {
      if (slot.reads) feeds[slot.reads.onnxName] = slot.now
      if (slot.writes && slot.next) fetches[slot.writes.onnxName] = slot.next
    }
    for (const { port, tensor } of this.#outputs.values()) fetches[port.onnxName] = tensor
    if (Object.keys(fetches).length === 0) return {}
    try {
      await this.#session.run(feeds, fetches)
    } catch (error) {
      throw new Error(
        `ONNX Runtime cannot run program "${this.#program.name}": ${messageOf(error)}`,
        { cause: error },
      )
    }
    for (const slot of this.#slots.values())
      if (slot.next) [slot.now, slot.next] = [slot.next, slot.now]
    const results: Record<string, Float32Array> = {}
    for (const [name, { port, tensor }] of this.#outputs)
      results[name] = port.fromMemory(floatsOf(tensor))
    return results
  }

  /** Gives every tensor its place: state twice where steps write it, so that they read one copy and write the other. */
  #allot(compiled: Compiled): void {
    const reads = new Map(compiled.inputs.map((port) => [port.name, port]))
    const writes = new Map(compiled.outputs.map((port) => [port.name, port]))
    const sizes = Object.values(this.#program.state).flatMap(({ shape }) => [
      4 * sizeOf(shape),
      4 * sizeOf(shape),
    ])
    const ports = [...compiled.inputs, ...compiled.outputs]
    const pool = new AlignedPool([...sizes, ...ports.map((port) => 4 * sizeOf(port.shape))])
    const tensorOf = (dims: readonly number[]): Tensor =>
      new Tensor('float32', pool.floats(sizeOf(dims)), dims)
    for (const [name, spec] of Object.entries(this.#program.state)) {
      const [read, write] = [reads.get(STATE + name), writes.get(STATE + name)]
      const port = read ?? write ?? null
      const dims = port?.dims ?? spec.shape
      this.#slots.set(name, {
        reads: read,
        writes: write,
        port,
        now: tensorOf(dims),
        next: write ? tensorOf(write.dims) : null,
      })
    }
    for (const name of Object.keys(this.#program.inputs)) {
      const port = reads.get(INPUT + name)
      if (!port) continue
      const bytes = port.type === 'uint8'
      const tensor = bytes
        ? new Tensor('uint8', pool.bytes(sizeOf(port.dims)), port.dims)
        : tensorOf(port.dims)
      this.#inputs.set(name, { port, tensor })
    }
    for (const port of compiled.outputs) {
      if (port.name.startsWith(OUTPUT))
        this.#outputs.set(port.name.slice(OUTPUT.length), { port, tensor: tensorOf(port.dims) })
    }
  }
}

function floatsOf(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
