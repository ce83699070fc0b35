import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { EagerEngine } from '../../main/runtime/eager'
import type { Program } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { Turns } from '../../main/runtime/turns'

test('work waits for what was asked for before, and goes on after a failure', async () => {
  const turns = new Turns()
  const ends: string[] = []
  const slow = turns.take(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    ends.push('slow')
    throw new Error('as it goes')
  })
  const quick = turns.take(() => ends.push('quick'))
  await expect(slow).rejects.toThrow('as it goes')
  expect(await quick).toBe(2)
  expect(ends).toEqual(['slow', 'quick'])
})

test.each([new EagerEngine(), new OnnxEngine({ threads: 1 })])(
  'state that is set and read while steps run: the $name engine',
  async (engine) => {
    const doubling: Program = {
      name: 'doubling',
      state: { w: { shape: [1] } },
      inputs: { by: { shape: [] } },
      run: ({ w }, { by }) => ({ state: { w: tf.mul(w!, by!) }, outputs: { was: w! } }),
    }
    await using session = await engine.load(doubling)
    const by = Float32Array.of(2)
    const [, steps, between, , after, failed, last] = await Promise.all([
      session.setState({ w: Float32Array.of(1) }),
      session.run(Array.from({ length: 10 }, () => ({ by }))),
      session.getState(),
      session.setState({ w: Float32Array.of(5) }),
      session.getState(),
      session.run([{ by }, {}, { by }]).catch((error: Error) => error.message),
      session.getState(),
    ])
    expect(steps.map(({ was }) => was![0])).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    expect([between, after, last].map(({ w }) => w![0])).toEqual([1024, 5, 10])
    expect(failed).toBe('program "doubling": input "by" is missing')
  },
)
