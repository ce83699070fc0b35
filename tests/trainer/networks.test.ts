import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupSize } from '../../shared/domain/minibatchGroup'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { withBackend } from '../../main/runtime/backend'
import '../../main/runtime/eager'
import type { Values } from '../../main/runtime/engine'
import { boxDown2, nearestUp2 } from '../../main/runtime/ops'
import { fadeReals } from '../../main/trainer/fade'
import { discriminate, generate, minibatchDeviation } from '../../main/trainer/networks'
import { pixelNorm } from '../../main/trainer/norms'
import { growState, initialState } from '../../main/trainer/networkState'
import {
  discriminatorParameters,
  generatorParameters,
  type NetworkShape,
} from '../../main/trainer/parameters'
import { randomStream } from '../../main/trainer/random'
import { closeness, ramp } from '../runtime/numbers'

const config: TrainConfig = {
  ...trainConfigFor({
    seed: 2,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 16,
  }),
  latentSize: 5,
  fmapMax: 6,
  fmapBase: 24,
}
const [low, fading, high]: NetworkShape[] = [
  { resolution: 8, phase: 'stable' },
  { resolution: 16, phase: 'fade' },
  { resolution: 16, phase: 'stable' },
] as const
const minibatches = { count: 1, group: 4 }
const grown = growState(config, initialState(config, 8), low, fading)
const latents = () => tf.tensor2d(randomStream(1, 'latents', 0).normals(4 * 5), [4, 5])

test('a fade of the generator begins at the network below, enlarged, and ends at the new one', () => {
  onCpu(() => {
    const draw = (shape: NetworkShape, alpha: number) =>
      generate(generatorAt(grown, shape), latents(), shape, tf.scalar(alpha))
    const below = nearestUp2(draw(low, 1))
    expect(closeness(draw(fading, 0).dataSync(), below.dataSync())).toBe(0)
    expect(closeness(draw(fading, 1).dataSync(), draw(high, 1).dataSync())).toBeLessThan(1e-6)
    expect(closeness(draw(fading, 0.5).dataSync(), below.dataSync())).toBeGreaterThan(0.01)
  })
})

test('a fade of the discriminator begins at the network below, on halved pictures, and ends at the new one', () => {
  onCpu(() => {
    const images = ramp([4, 16, 16, 3])
    const score = (shape: NetworkShape, alpha: number, x = images) =>
      discriminate(
        discriminatorAt(grown, shape),
        x,
        shape,
        tf.scalar(alpha),
        minibatches,
      ).dataSync()
    expect(closeness(score(fading, 0), score(low, 1, boxDown2(images)))).toBe(0)
    expect(closeness(score(fading, 1), score(high, 1))).toBeLessThan(1e-5)
  })
})

test('real pictures fade from what the resolution below can show to themselves', () => {
  onCpu(() => {
    const images = ramp([2, 8, 8, 3])
    const coarse = nearestUp2(boxDown2(images)).dataSync()
    expect(closeness(fadeReals(images, tf.scalar(0)).dataSync(), coarse)).toBe(0)
    expect(closeness(fadeReals(images, tf.scalar(1)).dataSync(), images.dataSync())).toBeLessThan(
      1e-6,
    )
  })
})

test('pixelNorm makes vectors of mean square 1, and its gradient is that of the plain formula', () => {
  onCpu(() => {
    const x = ramp([2, 2, 3, 5])
    const squares = tf.mean(tf.square(pixelNorm(x)), -1).dataSync()
    for (const square of squares) expect(square).toBeCloseTo(1, 5)
    const weights = tf.sin(tf.mul(x, 7))
    const plain = (t: tf.Tensor) =>
      tf.div(t, tf.sqrt(tf.add(tf.mean(tf.square(t), -1, true), 1e-8)))
    const gradient = (of: (t: tf.Tensor) => tf.Tensor) =>
      tf
        .grad((t) => tf.sum(tf.mul(of(t), weights)))(x)
        .dataSync()
    expect(closeness(gradient(pixelNorm), gradient(plain))).toBeLessThan(1e-5)
  })
})

test('groups are the largest that divide the batch', () => {
  const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((batch) => groupSize(batch, 4))
  expect(sizes).toEqual([1, 2, 3, 4, 1, 3, 1, 4, 3, 2])
})

test('minibatch deviation is what the words say, for any batch, group and number of minibatches', () => {
  const cases = fc.tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 3 }),
  )
  fc.assert(
    fc.property(cases, ([batch, group, count]) => {
      onCpu(() => {
        const maps = ramp([batch * count, 2, 2, 3])
        const found = minibatchDeviation(maps, { count, group })
        expect(found.shape).toEqual([batch * count, 1, 1, 1])
        expect(closeness(found.dataSync(), deviations(maps, batch, group))).toBeLessThan(1e-4)
      })
    }),
    { numRuns: 40 },
  )
})

/** The deviation of each picture's group, picture by picture. */
function deviations(maps: tf.Tensor4D, batch: number, group: number): number[] {
  const size = groupSize(batch, group)
  const stride = batch / size
  const pixels = maps.size / maps.shape[0]
  const values = maps.dataSync()
  return Array.from({ length: maps.shape[0] }, (_, i) => {
    const first = i - (i % batch) + ((i % batch) % stride)
    const members = Array.from({ length: size }, (_, k) => first + k * stride)
    let sum = 0
    for (let p = 0; p < pixels; p++) {
      const column = members.map((member) => values[member * pixels + p]!)
      const mean = column.reduce((a, b) => a + b, 0) / size
      const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / size
      sum += Math.sqrt(variance + 1e-8)
    }
    return sum / pixels
  })
}

function generatorAt(state: Values, { resolution, phase }: NetworkShape) {
  return weightsOf(state, 'generator', generatorParameters(config, resolution, phase))
}

function discriminatorAt(state: Values, { resolution, phase }: NetworkShape) {
  return weightsOf(state, 'discriminator', discriminatorParameters(config, resolution, phase))
}

function weightsOf(state: Values, network: string, specs: ReturnType<typeof generatorParameters>) {
  const tensors = specs.map(({ name, shape }) => [
    name,
    tf.tensor(state[`${network}/${name}`]!, [...shape]),
  ])
  return Object.fromEntries(tensors)
}

function onCpu(work: () => void): void {
  withBackend('cpu', () => tf.tidy(work))
}
