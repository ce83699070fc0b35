import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { withBackend } from '../../main/runtime/backend'
import '../../main/runtime/eager'
import type { Program } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { drawingNorm, RunningStatistics, trainingNorm } from '../../main/trainer/norms'
import { initialState } from '../../main/trainer/networkState'
import { randomStream } from '../../main/trainer/random'
import { sampleProgram } from '../../main/trainer/sampleProgram'
import { trainConfigFor } from '../../shared/domain/presets'
import { difference } from '../runtime/engines'
import { closeness, ramp } from '../runtime/numbers'

const BATCH = { generatorNorm: 'batch' } as const

test('maps come out at mean 0 and variance 1, times scale, plus shift', () => {
  onCpu(() => {
    const weights = { 'x/scale': tf.tensor1d([1, 2, 0.5]), 'x/shift': tf.tensor1d([0, 1, -1]) }
    const y = trainingNorm(BATCH, weights)(tf.add(tf.mul(ramp([4, 2, 3, 3]), 5), 7), 'x')
    const { mean, variance } = tf.moments(y, [0, 1, 2])
    expect(closeness(mean.dataSync(), [0, 1, -1])).toBeLessThan(1e-5)
    expect(closeness(variance.dataSync(), [1, 4, 0.25])).toBeLessThan(1e-4)
  })
})

test('running statistics move a tenth of the way, the variance as an unbiased one', () => {
  onCpu(() => {
    const maps = ramp([2, 2, 2, 1])
    const statistics = new RunningStatistics()
    const weights = { 'x/scale': tf.ones([1]), 'x/shift': tf.zeros([1]) }
    trainingNorm(BATCH, weights, statistics.note)(maps, 'x')
    const state = { 'average/x/mean': tf.tensor1d([5]), 'average/x/variance': tf.tensor1d([3]) }
    const after = statistics.after(state)
    const values = [...maps.dataSync()]
    const mean = values.reduce((sum, value) => sum + value, 0) / 8
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 7
    expect(after['average/x/mean']!.dataSync()[0]).toBeCloseTo(4.5 + 0.1 * mean, 5)
    expect(after['average/x/variance']!.dataSync()[0]).toBeCloseTo(2.7 + 0.1 * variance, 5)
  })
})

test('drawn with the statistics of a batch, that batch comes out as in training', () => {
  onCpu(() => {
    const maps = ramp([4, 2, 2, 3])
    const { mean, variance } = tf.moments(maps, [0, 1, 2])
    const weights = {
      'x/scale': tf.tensor1d([1, 2, 0.5]),
      'x/shift': tf.tensor1d([0, 1, -1]),
      'x/mean': mean,
      'x/variance': variance,
    }
    const trained = trainingNorm(BATCH, weights)(maps, 'x').dataSync()
    expect(closeness(drawingNorm(BATCH, weights)(maps, 'x').dataSync(), trained)).toBeLessThan(1e-5)
  })
})

test('compiled in any layout, batch normalisation and its first and second gradients are the same', async () => {
  const channels = 16
  const program: Program = {
    name: 'batch norm twice over',
    state: {},
    inputs: {
      x: { shape: [4, 4, 4, channels] },
      filter: { shape: [3, 3, channels, channels] },
      'l/scale': { shape: [channels] },
      'l/shift': { shape: [channels] },
    },
    run(_, inputs) {
      const of = (x: tf.Tensor, scale: tf.Tensor) => {
        const maps = tf.conv2d(x as tf.Tensor4D, inputs['filter'] as tf.Tensor4D, 1, 'same')
        const weights = { 'l/scale': scale, 'l/shift': inputs['l/shift']! }
        return tf.sum(tf.sin(trainingNorm(BATCH, weights)(maps, 'l')))
      }
      const slopes = tf.grads((x, scale) => of(x!, scale!) as tf.Scalar)
      const [x, scale] = [inputs['x']!, inputs['l/scale']!]
      const squares = (at: tf.Tensor) => tf.sum(tf.square(slopes([at, scale])[0]!)) as tf.Scalar
      return {
        state: {},
        outputs: {
          value: of(x, scale),
          ...Object.fromEntries(slopes([x, scale]).map((slope, i) => [`slope${i}`, slope])),
          second: tf.grad(squares)(x),
        },
      }
    },
  }
  for (const layout of [{}, { block: 0 }, { kernel: 'winograd' as const }]) {
    expect(await difference(program, layout)).toBeLessThan(5e-4)
  }
})

test('a picture does not hang on those that are drawn with it', async () => {
  const choices = { seed: 3, channels: 1, preset: 'tiny', firstResolution: 8 } as const
  const usual = trainConfigFor({ ...choices, finalResolution: 8, tutorial: true })
  const config = { ...usual, latentSize: 16, fmapMax: 16, fmapBase: 64 }
  const latents = randomStream(1, 'latents', 0).normals(4 * 16)
  const draw = async (count: number) => {
    const program = sampleProgram(config, 8, 'stable', count)
    await using session = await new OnnxEngine({ threads: 1 }).load(program)
    const state = initialState(config, 8)
    await session.setState(
      Object.fromEntries(session.stateNames.map((name) => [name, state[name]!])),
    )
    const [outputs] = await session.run([{ latents: latents.slice(0, count * 16) }])
    return outputs!['images']!.slice(0, 64)
  }
  const [alone, together] = [await draw(1), await draw(4)]
  expect(closeness(alone, together)).toBeLessThan(1e-6)
  expect(Math.max(...alone) - Math.min(...alone)).toBeGreaterThan(0)
})

function onCpu(work: () => void): void {
  withBackend('cpu', () => tf.tidy(work))
}
