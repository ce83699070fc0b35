import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { SENTINEL } from '../compiler/onnx'

/** What the runtime says of an output that is no tensor. */
const NO_TENSOR = 'Non tensor type is temporarily not supported.'

/**
 * Runs a model that has `SENTINEL` as its first output, and has it write all others into `fetches`.
 *
 * The runtime writes outputs into the tensors that it is given for them, and then copies each into fresh memory all the
 * same, to hand it over (`OrtValueToNapiValue` in its `js/node/src`): some 14 MB a step of a small network, which took
 * 9 ms and a collection of garbage, where a step at 4 px takes 20 ms. It hands them over in the model's order and
 * gives up at one that is no tensor: here the first, when all is computed and nothing is copied yet. A runtime that
 * hands over sequences, or given tensors as they are, would do here as well.
 */
export async function runInPlace(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
  fetches: Readonly<Record<string, Tensor>>,
): Promise<void> {
  try {
    await session.run(feeds, { [SENTINEL]: null, ...fetches })
  } catch (error) {
    if (!(error instanceof Error && error.message === NO_TENSOR)) throw error
  }
}
