import * as tf from '@tensorflow/tfjs-core'
import type { Engine, InputValues, Program, Session, TensorSpec, Values } from './engine'
import { withBackend } from './backend'
import './eagerKernels'
import './ops'
import { runSteps } from './runSteps'
import { Turns } from './turns'
import { checkState, chosenState, sizeOf } from './values'

/**
 * Runs programs op by op on tfjs' JavaScript CPU backend: slow, and plain enough to be what other engines are
 * compared with.
 */
export class EagerEngine implements Engine {
  readonly name = 'eager'

  async load(program: Program): Promise<Session> {
    return new EagerSession(program)
  }
}

class EagerSession implements Session {
  readonly stateNames: readonly string[]
  readonly #program: Program
  readonly #turns = new Turns()
  #state: Record<string, Float32Array> = {}

  constructor(program: Program) {
    this.#program = program
    this.stateNames = Object.keys(program.state)
    for (const [name, spec] of Object.entries(program.state)) {
      this.#state[name] = new Float32Array(sizeOf(spec.shape))
    }
  }

  setState(values: Values): Promise<void> {
    return this.#turns.take(() => {
      checkState(this.#program, values)
      for (const name of this.stateNames) this.#state[name] = (values[name] as Float32Array).slice()
    })
  }

  getState(names: readonly string[] = this.stateNames): Promise<Values> {
    return this.#turns.take(() =>
      chosenState(this.#program, names, (name) => (this.#state[name] as Float32Array).slice()),
    )
  }

  run(inputs: readonly InputValues[], signal?: AbortSignal): Promise<Values[]> {
    return this.#turns.take(() =>
      runSteps(this.#program, inputs, (values) => this.#step(values), signal),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.take(() => {
      this.#state = {}
    })
  }

  #step(inputs: InputValues): Values {
    return withBackend('cpu', () =>
      tf.tidy(() => {
        const { state, outputs } = this.#program.run(
          tensors(this.#program.state, this.#state),
          tensors(this.#program.inputs, inputs),
        )
        const read: Record<string, Float32Array> = {}
        for (const [name, tensor] of Object.entries(outputs)) read[name] = values(tensor)
        for (const [name, tensor] of Object.entries(state)) this.#state[name] = values(tensor)
        return read
      }),
    )
  }
}

function tensors(
  specs: Readonly<Record<string, TensorSpec>>,
  data: InputValues,
): Record<string, tf.Tensor> {
  const made: Record<string, tf.Tensor> = {}
  for (const [name, spec] of Object.entries(specs)) {
    made[name] = tf.tensor(
      Float32Array.from(data[name] as Float32Array),
      [...spec.shape],
      'float32',
    )
  }
  return made
}

function values(tensor: tf.Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync())
}
