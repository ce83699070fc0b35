import * as tf from '@tensorflow/tfjs-core'
import { withBackend } from '../backend'
import { physicalCores } from '../devices'
import type { Engine, InputValues, Program, Session, TensorSpec, Values } from '../engine'
import '../ops'
import { runSteps } from '../runSteps'
import { Turns } from '../turns'
import { checkState, chosenState, sizeOf } from '../values'
import { BACKEND, loadTensorflow } from './load'

/** Where the engine is installed and how it runs. */
export type TensorflowOptions = {
  /** Folder of an installed engine; see `install.ts`. */
  readonly folder: string
  /** Threads of one op; the machine's physical cores where left out or null. The first engine of a process decides. */
  readonly threads?: number | null
}

/**
 * Runs programs op by op with TensorFlow's native kernels, on the CPU, or on a graphics card where the installed engine
 * is the CUDA one. State stays on TensorFlow's side between steps.
 */
export class TensorflowEngine implements Engine {
  readonly name = 'tensorflow'
  readonly #folder: string
  readonly #threads: number

  constructor({ folder, threads }: TensorflowOptions) {
    this.#folder = folder
    this.#threads = threads ?? physicalCores()
  }

  async load(program: Program): Promise<Session> {
    loadTensorflow(this.#folder, this.#threads)
    return new TensorflowSession(program)
  }
}

class TensorflowSession implements Session {
  readonly stateNames: readonly string[]
  readonly #program: Program
  #state: Record<string, tf.Tensor> = {}
  readonly #turns = new Turns()

  constructor(program: Program) {
    this.#program = program
    this.stateNames = Object.keys(program.state)
    const zeros: Record<string, Float32Array> = {}
    for (const [name, { shape }] of Object.entries(program.state))
      zeros[name] = new Float32Array(sizeOf(shape))
    this.#replaceState(zeros)
  }

  setState(values: Values): Promise<void> {
    return this.#turns.take(async () => {
      checkState(this.#program, values)
      this.#replaceState(values)
    })
  }

  getState(names: readonly string[] = this.stateNames): Promise<Values> {
    return this.#turns.take(() =>
      chosenState(this.#program, names, (name) => valuesOf(this.#state[name] as tf.Tensor)),
    )
  }

  run(inputs: readonly InputValues[], signal?: AbortSignal): Promise<Values[]> {
    return this.#turns.take(() =>
      runSteps(this.#program, inputs, (values) => this.#step(values), signal),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.take(async () => {
      for (const tensor of Object.values(this.#state)) tensor.dispose()
      this.#state = {}
    })
  }

  #replaceState(values: InputValues): void {
    for (const tensor of Object.values(this.#state)) tensor.dispose()
    this.#state = withBackend(BACKEND, () => tensorsOf(this.#program.state, values))
  }

  /** One step; everything that it makes is freed but the new state. */
  #step(inputs: InputValues): Values {
    return withBackend(BACKEND, () =>
      tf.tidy(() => {
        const given = tensorsOf(this.#program.inputs, inputs)
        const { state, outputs } = this.#program.run(this.#state, given)
        const read: Record<string, Float32Array> = {}
        for (const [name, tensor] of Object.entries(outputs)) read[name] = valuesOf(tensor)
        this.#keep(state)
        return read
      }),
    )
  }

  #keep(state: Readonly<Record<string, tf.Tensor>>): void {
    const kept: Record<string, tf.Tensor> = {}
    for (const [name, tensor] of Object.entries(state)) {
      const spec = this.#checked(name, tensor)
      // A clone shares its values; one tensor may come back under several names, or under another's.
      if (spec !== null) kept[name] = tf.keep(tf.clone(tensor))
    }
    for (const [name, tensor] of Object.entries(kept)) {
      this.#state[name]?.dispose()
      this.#state[name] = tensor
    }
  }

  /** The spec of a tensor that a step returned as state; null when the step left it as it was. */
  #checked(name: string, tensor: tf.Tensor): TensorSpec | null {
    const where = `program "${this.#program.name}"`
    const spec = this.#program.state[name]
    if (spec === undefined)
      throw new Error(`${where}: it returns "${name}", which is not in its state`)
    if (spec.shape.join() !== tensor.shape.join()) {
      throw new Error(
        `${where}: state/${name} has shape [${spec.shape.join(', ')}] but returns as [${tensor.shape.join(', ')}]`,
      )
    }
    return tensor === this.#state[name] ? null : spec
  }
}

/** Tensors of a copy of these values, which the backend may read later. */
function tensorsOf(
  specs: Readonly<Record<string, TensorSpec>>,
  values: InputValues,
): Record<string, tf.Tensor> {
  const made: Record<string, tf.Tensor> = {}
  for (const [name, { shape }] of Object.entries(specs))
    made[name] = tf.tensor(Float32Array.from(values[name] as Float32Array), [...shape], 'float32')
  return made
}

function valuesOf(tensor: tf.Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync())
}
