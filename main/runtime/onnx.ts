import { Tensor } from 'onnxruntime-node'
import type { InferenceSession } from 'onnxruntime-node'
import { explained } from '../../shared/domain/explanation'
import type { Compiled, Port } from '../compiler/compile'
import { sitesOf } from '../compiler/convSites'
import type { ConvKernels, ConvSite } from '../compiler/convSites'
import { AlignedPool } from './alignedPool'
import { probeBlock } from './blockedLayout'
import { physicalCores } from './devices'
import type { Engine, InputValues, Program, Session, Values } from './engine'
import type { TuningConditions } from './kernelTuner'
import { cpuSession } from './onnxSession'
import { INPUT, OUTPUT, ProgramGraph, STATE } from './programGraph'
import { runInPlace } from './runInPlace'
import { runSteps } from './runSteps'
import { Turns } from './turns'
import { checkState, chosenState, sizeOf } from './values'

export type OnnxEngineOptions = {
  /** Threads of one step; the machine's physical cores where left out or null. Other numbers of threads round otherwise. */
  readonly threads?: number | null
  /** Channels in a block of the blocked layout, 0 for plain convolutions; found out where left out. */
  readonly block?: number
  /** Chooses kernels for the 3x3 convolutions of programs that run often; blocked where left out. */
  readonly chooseKernels?: ChooseKernels
}

/** Chooses how to compute convolutions; see `kernelTuner.ts`. */
export type ChooseKernels = (
  sites: readonly ConvSite[],
  on: TuningConditions,
) => Promise<ConvKernels>

/**
 * Compiles programs to ONNX and runs them with ONNX Runtime on the CPU. Equal steps on equal state give equal bits, on
 * one machine with one number of threads, however they are grouped into calls of `run`.
 */
export class OnnxEngine implements Engine {
  readonly name = 'onnx-cpu'
  readonly #threads: number
  readonly #givenBlock: number | undefined
  readonly #chooseKernels: ChooseKernels | undefined
  #block: Promise<number> | null = null

  constructor({ threads, block, chooseKernels }: OnnxEngineOptions = {}) {
    this.#threads = threads ?? physicalCores()
    this.#givenBlock = block
    this.#chooseKernels = chooseKernels
  }

  async load(program: Program): Promise<Session> {
    this.#block ??=
      this.#givenBlock === undefined ? probeBlock() : Promise.resolve(this.#givenBlock)
    const block = await this.#block
    const graph = ProgramGraph.of(program)
    const on = { block, threads: this.#threads }
    const kernels = program.runsOften ? await this.#chooseKernels?.(sitesOf(graph.graph), on) : null
    const compiled = graph.modelFor({
      block,
      sentinel: true,
      ...(kernels && { kernels }),
    })
    try {
      return new OnnxSession(program, compiled, await cpuSession(compiled.model, this.#threads))
    } catch (error) {
      const values = { program: program.name, detail: messageOf(error) }
      throw explained('program_unloadable', values, { cause: error })
    }
  }
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
      await runInPlace(this.#session, feeds, fetches)
    } catch (error) {
      const values = { program: this.#program.name, detail: messageOf(error) }
      throw explained('program_unrunnable', values, { cause: error })
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
