import * as tf from '@tensorflow/tfjs-core'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { compile } from '../../main/compiler/compile'
import { OnnxEngine } from '../../main/runtime/onnx'
import { runInPlace } from '../../main/runtime/runInPlace'

const SIZE = 1 << 21
const STATE_BYTES = 4 * SIZE

test('steps leave no copies of their state behind', async () => {
  await using session = await new OnnxEngine().load({
    name: 'counting',
    state: { count: { shape: [SIZE] } },
    inputs: { by: { shape: [] } },
    run: (state, inputs) => ({
      state: { count: tf.add(state['count']!, inputs['by']!) },
      outputs: { first: tf.slice(state['count']!, [0], [1]) },
    }),
  })
  await session.setState({ count: new Float32Array(SIZE) })
  const by = Float32Array.of(2)
  await session.run([{ by }])
  const before = process.memoryUsage().arrayBuffers
  for (let step = 1; step <= 8; step++) {
    const [outputs] = await session.run([{ by }])
    expect(outputs!['first']).toEqual(Float32Array.of(2 * step))
    const grown = process.memoryUsage().arrayBuffers - before
    expect(grown, `after step ${step}`).toBeLessThan(STATE_BYTES / 2)
  }
  expect((await session.getState())['count']!.at(-1)).toBe(18)
})

test('what a run fails with is told', async () => {
  const { model, inputs } = compile(
    ({ x }) => ({ y: tf.add(x!, 1) }),
    { x: { shape: [4] } },
    { name: 'adding', ties: new Map(), sentinel: true },
  )
  const session = await InferenceSession.create(model)
  const wrong = { [inputs[0]!.onnxName]: new Tensor('float32', new Float32Array(5), [5]) }
  await expect(runInPlace(session, wrong, {})).rejects.toThrow(/Expected: 4/)
  await session.release()
})
