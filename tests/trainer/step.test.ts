import { expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { InputValues, Session, Values } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { initialState } from '../../main/trainer/networkState'
import { randomStream } from '../../main/trainer/random'
import { sampleProgram } from '../../main/trainer/sampleProgram'
import { trainStepProgram } from '../../main/trainer/step'

const BATCH = 8
const shape = { resolution: 8, phase: 'stable', batch: BATCH } as const
const config: TrainConfig = {
  ...trainConfigFor({
    seed: 3,
    channels: 1,
    preset: 'tiny',
    firstResolution: 8,
    finalResolution: 8,
    loss: 'logistic',
  }),
  latentSize: 16,
  fmapMax: 16,
  fmapBase: 64,
}

test('the discriminator learns to tell stripes from fakes, and the scores part', async () => {
  await using session = await begin(config)
  const ticks = await session.run(inputs(0, 60))
  const mean = (name: string, from: number) =>
    ticks.slice(from, from + 10).reduce((sum, tick) => sum + tick[name]![0]! / 10, 0)
  expect(mean('discriminatorLoss', 50)).toBeLessThan(0.8 * mean('discriminatorLoss', 0))
  expect(mean('realScore', 50)).toBeGreaterThan(mean('fakeScore', 50))
})

test('equal seeds and inputs give equal bits, however the steps are grouped', async () => {
  await using once = await begin(config)
  await using again = await begin(config)
  const outputs = await once.run(inputs(0, 6))
  const parts = [...(await again.run(inputs(0, 1))), ...(await again.run(inputs(1, 5)))]
  expect(parts).toEqual(outputs)
  expect(await again.getState()).toEqual(await once.getState())
})

test('training goes on from saved state as if it had not stopped', async () => {
  await using session = await begin(config)
  await session.run(inputs(0, 3))
  const saved = await session.getState()
  const rest = await session.run(inputs(3, 3))
  await using resumed = await begin(config, saved)
  expect(await resumed.run(inputs(3, 3))).toEqual(rest)
  expect(await resumed.getState()).toEqual(await session.getState())
})

test('the moving average follows the generator, and samples are drawn with it', async () => {
  await using session = await begin(config)
  const before = await session.getState()
  await session.run(inputs(0, 1))
  const after = await session.getState()
  const name = '4x4/conv/weight'
  for (let i = 0; i < 50; i++) {
    const moved =
      (2 / 11) * before[`average/${name}`]![i]! + (9 / 11) * after[`generator/${name}`]![i]!
    expect(after[`average/${name}`]![i]).toBeCloseTo(moved, 6)
  }
  await using sampler = await new OnnxEngine({ threads: 1 }).load(
    sampleProgram(config, 8, 'stable', 4),
  )
  await sampler.setState(after)
  const latents = randomStream(1, 'sample', 0).normals(4 * config.latentSize)
  const [drawn] = await sampler.run([{ latents }])
  expect(drawn!['images']).toHaveLength(4 * 8 * 8)
  await sampler.setState(before)
  const [earlier] = await sampler.run([{ latents: latents.map((value) => 3 * value) }])
  const furthest = Math.max(
    ...drawn!['images']!.map((v, i) => Math.abs(v - earlier!['images']![i]!)),
  )
  // Latents are normalised, so only the weights' small step tells the two apart.
  expect(furthest).toBeGreaterThan(0)
  expect(furthest).toBeLessThan(0.3)
})

test('with beta1 above 0 the first moment takes part', async () => {
  const heavy = { ...config, adam: { ...config.adam, beta1: 0.5 } }
  await using session = await begin(heavy)
  await session.run(inputs(0, 2))
  const { 'adam/generator/4x4/conv/bias/m': m } = await session.getState()
  expect(m!.some((value) => value !== 0)).toBe(true)
})

async function begin(of: TrainConfig, state: Values = initialState(of, 8)): Promise<Session> {
  const session = await new OnnxEngine({ threads: 1 }).load(trainStepProgram(of, shape))
  await session.setState(state)
  return session
}

/** Steps `from` to `from + count - 1` on pictures of diagonal stripes. */
function inputs(from: number, count: number): InputValues[] {
  return Array.from({ length: count }, (_, i) => {
    const step = from + i
    const offsets = randomStream(1, 'stripes', step).uniforms(BATCH)
    const reals = Uint8Array.from({ length: BATCH * 64 }, (_, at) => {
      const [picture, y, x] = [at >> 6, (at >> 3) & 7, at & 7]
      return 127.5 + 127.5 * Math.sin(0.8 * (x + y) + 7 * offsets[picture]!)
    })
    return {
      reals,
      latents: randomStream(1, 'latents', step).normals(BATCH * config.latentSize),
      learningRate: Float32Array.of(2e-3),
      adamStep: Float32Array.of(step + 1),
    }
  })
}
