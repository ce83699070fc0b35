import { InferenceSession, Tensor } from 'onnxruntime-node'
import { encode, NCHWC } from '../compiler/onnx'

const CHANNELS = 16
const PIXELS = 2

/**
 * Channels in a block of ONNX Runtime's blocked layout on this machine's CPU: 16 or 8, or 0 where it has none. Found
 * by reordering a small map and looking where its numbers went.
 */
export async function probeBlock(): Promise<number> {
  const dims = [1, CHANNELS, 1, PIXELS]
  const node = { type: 'ReorderInput', domain: NCHWC, inputs: ['x'], output: 'y', attributes: {} }
  const model = encode('probe', {
    nodes: [node],
    constants: [],
    inputs: [{ name: 'x', type: 'float32', dims }],
    outputs: [{ name: 'y', type: 'float32', dims }],
  })
  try {
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
    })
    const numbers = Float32Array.from({ length: CHANNELS * PIXELS }, (_, i) => i)
    const results = await session.run({ x: new Tensor('float32', numbers, dims) })
    await session.release()
    const reordered = results['y']?.data as Float32Array
    // The second pixel of the first channel comes after the block of the first pixel's channels.
    const block = reordered.indexOf(1)
    return block === 8 || block === 16 ? block : 0
  } catch {
    return 0
  }
}
