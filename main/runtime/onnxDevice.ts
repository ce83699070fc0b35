import { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node'
import { because, explained } from '../../shared/domain/explanation'
import type { Compiled, Port } from '../compiler/compile'
import { encode } from '../compiler/onnx'
import {
  DeviceLostError,
  type Engine,
  type InputValues,
  type Program,
  type Session,
  type Values,
} from './engine'
import { ProgramGraph } from './programGraph'
import { runSteps } from './runSteps'
import { Turns } from './turns'
import { checkState, chosenState, sizeOf } from './values'

/** ONNX Runtime's ways of computing elsewhere than on its own CPU kernels, by its own names. */
export const PROVIDERS = ['webgpu', 'cuda', 'dml', 'coreml'] as const
/** One of {@link PROVIDERS}. */
export type Provider = (typeof PROVIDERS)[number]

/** The providers that this build of ONNX Runtime knows; whether their libraries and devices are there, loading tells. */
export function supportedProviders(): Provider[] {
  const names = new Set<string>(listSupportedBackends().map(({ name }) => name))
  return PROVIDERS.filter((provider) => names.has(provider))
}

/** Version of ONNX Runtime, `1.30.0`. */
export function runtimeVersion(): string {
  return env.versions.node ?? env.versions.common
}

const STATE = 'state/'
const INPUT = 'input/'
const OUTPUT = 'output/'

/** Where a provider keeps tensors between calls; only WebGPU's can be fed again from Node. */
const LOCATION: Readonly<Record<Provider, 'gpu-buffer' | 'cpu'>> = {
  webgpu: 'gpu-buffer',
  cuda: 'cpu',
  dml: 'cpu',
  coreml: 'cpu',
}

/** Runs programs with ONNX Runtime on a device. Loading throws where the provider or its device is not there. */
export class OnnxDeviceEngine implements Engine {
  readonly name: string
  readonly #provider: Provider
  #loadedBefore = false

  constructor(provider: Provider) {
    this.#provider = provider
    this.name = `onnx-${provider}`
  }

  async load(program: Program): Promise<Session> {
    // WebGPU's 3x3 convolution is silently wrong at 6, 9, 15, ... channels: multiples of 3 that are none of 4.
    const compiled = ProgramGraph.of(program).modelFor({ padChannels: this.#provider === 'webgpu' })
    const location = LOCATION[this.#provider]
    const places: Record<string, 'gpu-buffer' | 'cpu'> = {}
    for (const { name, onnxName } of compiled.outputs)
      places[onnxName] = name.startsWith(STATE) ? location : 'cpu'
    try {
      const session = await InferenceSession.create(compiled.model, {
        executionProviders: [this.#provider],
        preferredOutputLocation: places,
        graphOptimizationLevel: 'all',
        extra: { optimization: { disable_specified_optimizers: 'Pad_Fusion' } },
        logSeverityLevel: 3,
      })
      this.#loadedBefore = true
      return new DeviceSession(program, compiled, session, this.#provider)
    } catch (error) {
      // A device that was there is lost; one that never was is absent.
      if (this.#loadedBefore) throw lost(this.#provider, program, error)
      const where = `${program.name} on ${this.#provider}`
      throw explained(
        'program_unloadable',
        { program: where, detail: messageOf(error) },
        { cause: error },
      )
    }
  }
}

/** A state tensor: how the program has it in memory, and its values, on the device once a step made them. */
type Slot = { readonly port: Port | null; readonly written: boolean; now: Tensor }

class DeviceSession implements Session {
  readonly stateNames: readonly string[]
  readonly #program: Program
  readonly #provider: Provider
  readonly #compiled: Compiled
  readonly #session: InferenceSession
  readonly #slots = new Map<string, Slot>()
  readonly #readers = new Map<string, InferenceSession>()
  readonly #turns = new Turns()

  constructor(program: Program, compiled: Compiled, session: InferenceSession, provider: Provider) {
    this.#program = program
    this.#compiled = compiled
    this.#session = session
    this.#provider = provider
    this.stateNames = Object.keys(program.state)
    const find = (ports: readonly Port[], name: string) =>
      ports.find((port) => port.name === STATE + name)
    for (const [name, { shape }] of Object.entries(program.state)) {
      const writes = find(compiled.outputs, name)
      const port = find(compiled.inputs, name) ?? writes ?? null
      const zeros = new Float32Array(sizeOf(shape))
      const now = new Tensor('float32', zeros, port?.dims ?? shape)
      this.#slots.set(name, { port, written: writes !== undefined, now })
    }
  }

  setState(values: Values): Promise<void> {
    return this.#turns.take(async () => {
      checkState(this.#program, values)
      for (const [name, slot] of this.#slots) {
        const given = values[name] as Float32Array
        const memory = slot.port ? slot.port.toMemory(given) : given.slice()
        this.#replace(slot, new Tensor('float32', memory, slot.now.dims))
      }
    })
  }

  getState(names: readonly string[] = this.stateNames): Promise<Values> {
    return this.#turns.take(async () => {
      const read = new Map<string, Float32Array>()
      for (const name of new Set(names)) {
        const slot = this.#slots.get(name)
        if (slot === undefined) continue
        const memory = await this.#memoryOf(slot.now)
        read.set(name, slot.port ? slot.port.fromMemory(memory) : memory.slice())
      }
      return chosenState(this.#program, names, (name) => read.get(name) as Float32Array)
    })
  }

  run(inputs: readonly InputValues[], signal?: AbortSignal): Promise<Values[]> {
    return this.#turns.take(() =>
      runSteps(this.#program, inputs, (values) => this.#step(values), signal),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.take(async () => {
      for (const { now } of this.#slots.values()) if (now.location !== 'cpu') now.dispose()
      for (const reader of this.#readers.values()) await reader.release()
      await this.#session.release()
    })
    this.#slots.clear()
    this.#readers.clear()
  }

  async #step(values: InputValues): Promise<Values> {
    const feeds: Record<string, Tensor> = {}
    for (const port of this.#compiled.inputs) {
      if (port.name.startsWith(STATE)) {
        feeds[port.onnxName] = (this.#slots.get(port.name.slice(STATE.length)) as Slot).now
        continue
      }
      const given = values[port.name.slice(INPUT.length)]
      feeds[port.onnxName] =
        port.type === 'uint8'
          ? new Tensor('uint8', given as Uint8Array, port.dims)
          : new Tensor('float32', port.toMemory(given as Float32Array), port.dims)
    }
    if (this.#compiled.outputs.length === 0) return {}
    const results = await this.#onDevice(() => this.#session.run(feeds))
    const outputs: Record<string, Float32Array> = {}
    for (const port of this.#compiled.outputs) {
      const tensor = results[port.onnxName] as Tensor
      if (port.name.startsWith(OUTPUT)) {
        outputs[port.name.slice(OUTPUT.length)] = port.fromMemory(tensor.data as Float32Array)
      } else this.#replace(this.#slots.get(port.name.slice(STATE.length)) as Slot, tensor)
    }
    return outputs
  }

  /** Work on the device, whose failure means that it is lost. */
  async #onDevice<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw lost(this.#provider, this.#program, error)
    }
  }

  #replace(slot: Slot, tensor: Tensor): void {
    if (slot.now.location !== 'cpu') slot.now.dispose()
    slot.now = tensor
  }

  /** A tensor's numbers. What lies on the device comes back through a graph that copies: reading it there aborts. */
  async #memoryOf(tensor: Tensor): Promise<Float32Array> {
    if (tensor.location === 'cpu') return tensor.data as Float32Array
    return this.#onDevice(async () => {
      const reader = await this.#readerOf(tensor.dims)
      return (await reader.run({ x: tensor }))['y']!.data as Float32Array
    })
  }

  async #readerOf(dims: readonly number[]): Promise<InferenceSession> {
    const key = dims.join()
    const made = this.#readers.get(key)
    if (made !== undefined) return made
    const port = { type: 'float32' as const, dims }
    const model = encode('read', {
      nodes: [{ type: 'Identity', domain: '', inputs: ['x'], output: 'y', attributes: {} }],
      constants: [],
      inputs: [{ name: 'x', ...port }],
      outputs: [{ name: 'y', ...port }],
    })
    const reader = await InferenceSession.create(model, { executionProviders: [this.#provider] })
    this.#readers.set(key, reader)
    return reader
  }
}

function lost(device: Provider, { name }: Program, error: unknown): DeviceLostError {
  const values = { device, program: name, detail: messageOf(error) }
  return new DeviceLostError(because('device_lost', values), { cause: error })
}

/** What ONNX Runtime says, as a sentence, without the place in its source and the condition that failed there. */
function messageOf(error: unknown): string {
  const all = (error instanceof Error ? error.message : String(error)).trim()
  const said = all.replace(/^\S+\.(?:cc|h):\d+ .* was false\.\s*/s, '') || all
  return /[.!?]$/.test(said) ? said : `${said}.`
}
