import type { Tensor } from '@tensorflow/tfjs-core'
import { ExplainedError } from '../../shared/domain/explanation'

/** Element type at an engine's border; inside, everything is float32. */
export type InputType = 'float32' | 'uint8'

/** Shape of a tensor and, for inputs, its element type (float32 unless given). */
export type TensorSpec = { readonly shape: readonly number[]; readonly type?: InputType }

/** Tensor shapes by name. */
export type TensorSpecs = Readonly<Record<string, TensorSpec>>

/** tfjs tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>

/** Values by name, row-major in the logical (engine-free) layout. */
export type Values = Readonly<Record<string, Float32Array>>

/** Values of one step's inputs. */
export type InputValues = Readonly<Record<string, Float32Array | Uint8Array>>

/**
 * A pure function of tfjs-core operations that an engine compiles or runs as it is: from `state` and one
 * call's `inputs` to the state after it and `outputs`. A state entry that `run` does not return stays as it is.
 */
export type Program = {
  readonly name: string
  readonly state: TensorSpecs
  readonly inputs: TensorSpecs
  /** That it will be run very often, so that time spent on making it fast is well spent. */
  readonly runsOften?: boolean
  run(state: Tensors, inputs: Tensors): { state: Tensors; outputs: Tensors }
}

/** A compiled program with its state, which stays on the engine's side between calls. */
export interface Session extends AsyncDisposable {
  /** Names of the program's state tensors. */
  readonly stateNames: readonly string[]
  /** Replaces the state. Every name of the program's state must be there, with its number of elements. */
  setState(values: Values): Promise<void>
  /** Copies of the named state tensors (all when left out), in logical layout. */
  getState(names?: readonly string[]): Promise<Values>
  /**
   * Runs one step for each entry of `inputs`, in order; answers each step's outputs. Gives the event loop a
   * turn between steps and stops early, with the outputs so far, once `signal` is aborted.
   */
  run(inputs: readonly InputValues[], signal?: AbortSignal): Promise<Values[]>
}

/** Something that can run programs: an inference runtime on a device, or tfjs itself. */
export interface Engine {
  readonly name: string
  load(program: Program): Promise<Session>
}

/** The device that a session computes on failed: it was unplugged, reset or taken away. Its state is lost. */
export class DeviceLostError extends ExplainedError {
  override readonly name = 'DeviceLostError'
}
