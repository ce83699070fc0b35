import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupSize, isMicroBatch } from '../../shared/domain/minibatchGroup'
import { trainConfigFor } from '../../shared/domain/presets'
import { LOSSES, type TrainConfig } from '../../shared/domain/trainConfig'
import { EagerEngine } from '../../main/runtime/eager'
import type { Engine, InputValues, Values } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { growState, initialState } from '../../main/trainer/networkState'
import { randomStream } from '../../main/trainer/random'
import { gradientProgram } from '../../main/trainer/gradientProgram'
import { trainStepProgram } from '../../main/trainer/step'
import type { StepShape } from '../../main/trainer/stepInputs'
import { expectGradients } from '../oracle/expectations'
import { fixtures } from '../oracle/fixture'
import { closeness } from '../runtime/numbers'

/** Largest difference from the whole batch's, relative to a tensor's largest value: sums in another order. */
const ROUNDING = 1e-5

describe.each(LOSSES)('%s by micro-batches', (loss) => {
  test.each([2, 4])(
    'has the gradients, losses and scores of the whole batch: %i of 8',
    async (n) => {
      const config = small({ loss, minibatchGroup: 2 })
      const shape = { resolution: 8, phase: 'fade', batch: 8 } as const
      const whole = await gradients(new OnnxEngine({ threads: 1 }), config, shape)
      const parts = await gradients(new OnnxEngine({ threads: 1 }), config, {
        ...shape,
        microBatch: n,
      })
      expectClose(parts, whole)
    },
  )
})

test('with augmentation, mirroring and classes too', async () => {
  const config = small({
    augment: ['color', 'translation', 'cutout'],
    mirror: true,
    classes: ['a', 'b', 'c'],
  })
  const shape = { resolution: 8, phase: 'fade', batch: 12 } as const
  const engine = new OnnxEngine({ threads: 1 })
  const whole = await gradients(engine, config, shape)
  expectClose(await gradients(engine, config, { ...shape, microBatch: 4 }), whole)
})

test('an engine without a compiler does the same', async () => {
  const config = small({ fmapMax: 4, fmapBase: 16 })
  const shape = { resolution: 4, phase: 'stable', batch: 8, microBatch: 4 } as const
  const compiled = await gradients(new OnnxEngine({ threads: 1 }), config, shape)
  expectClose(await gradients(new EagerEngine(), config, shape), compiled)
}, 60_000)

describe('a micro-batch of one group agrees with PyTorch', () => {
  const divided = fixtures().filter(
    ({ about, config }) =>
      about.batch > groupSize(about.batch, config.minibatchGroup) &&
      about.generatorNorm === undefined &&
      about.criticSteps === undefined,
  )
  test.each(divided)('$name', { timeout: 60_000 }, async (fixture) => {
    const { batch } = fixture.about
    const microBatch = groupSize(batch, fixture.config.minibatchGroup)
    const program = gradientProgram(fixture.config, { ...fixture.about, microBatch })
    await using session = await new OnnxEngine().load(program)
    const given = fixture.state()
    await session.setState(
      Object.fromEntries(session.stateNames.map((name) => [name, given[name]!])),
    )
    const [outputs] = await session.run([fixture.inputs(0)])
    expectGradients(fixture, outputs!, 1e-4)
  })
})

test.each([1, 2])(
  'a step of %i updates moves every weight as whole batches do',
  async (criticSteps) => {
    const config = small({ criticSteps })
    const shape = { resolution: 8, phase: 'stable', batch: 16 } as const
    const step = async (microBatch: number | null): Promise<Values> => {
      const program = trainStepProgram(config, { ...shape, microBatch })
      await using session = await new OnnxEngine({ threads: 1 }).load(program)
      await session.setState(initialState(config, 8))
      const rate = { learningRate: Float32Array.of(1e-3), adamStep: Float32Array.of(1) }
      await session.run([{ ...inputsOf(program.inputs), ...rate }])
      return session.getState()
    }
    const [whole, parts] = [await step(null), await step(4)]
    // A second update's gradients are taken at weights that may differ as told below.
    const tolerance = criticSteps === 1 ? 1e-4 : 1e-3
    for (const [name, values] of Object.entries(whole)) {
      if (name.startsWith('adam/'))
        expect(closeness(parts[name]!, values), name).toBeLessThan(tolerance)
      else if (name.startsWith('discriminator/')) {
        const moved = values.map((value, i) => Math.abs(value - parts[name]![i]!))
        // Where a gradient is rounding noise either sign is right.
        expect(moved.filter((by) => by > 1e-5).length / moved.length, name).toBeLessThan(5e-3)
      }
    }
  },
)

test('a micro-batch must divide the batch and keep groups whole', () => {
  const config = small({ minibatchGroup: 4 })
  const shape = { resolution: 4, phase: 'stable', batch: 12 } as const
  const load = (microBatch: number) =>
    new OnnxEngine({ threads: 1 }).load(trainStepProgram(config, { ...shape, microBatch }))
  return Promise.all([
    expect(load(6)).rejects.toThrow('12 in groups of 4 has no micro-batches of 6'),
    expect(load(8)).rejects.toThrow('no micro-batches of 8'),
  ])
})

test('micro-batches of whole groups always exist, and a smaller batch would not be one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 16 }),
      (batch, group) => {
        const size = groupSize(batch, group)
        expect(isMicroBatch(size, batch, group)).toBe(true)
        expect(isMicroBatch(batch, batch, group)).toBe(true)
        for (let n = 1; n < size; n++) expect(isMicroBatch(n, batch, group)).toBe(false)
      },
    ),
  )
})

function small(changes: Partial<TrainConfig>): TrainConfig {
  return {
    ...trainConfigFor({
      seed: 3,
      channels: 3,
      preset: 'tiny',
      firstResolution: 4,
      finalResolution: 8,
    }),
    latentSize: 8,
    fmapMax: 8,
    fmapBase: 32,
    ...changes,
  }
}

async function gradients(engine: Engine, config: TrainConfig, shape: StepShape): Promise<Values> {
  const program = gradientProgram(config, shape)
  await using session = await engine.load(program)
  const first = { resolution: 4, phase: 'stable' } as const
  const state = growState(config, initialState(config, 4), first, shape)
  await session.setState(Object.fromEntries(session.stateNames.map((name) => [name, state[name]!])))
  const [outputs] = await session.run([inputsOf(program.inputs)])
  return outputs!
}

/** Some values for each input, the same for equal shapes. */
function inputsOf(specs: ReturnType<typeof gradientProgram>['inputs']): InputValues {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, type }]) => {
      const size = shape.reduce((product, side) => product * side, 1)
      const uniforms = randomStream(5, name, 0).uniforms(size)
      if (type === 'uint8') return [name, Uint8Array.from(uniforms, (value) => 256 * value)]
      if (name === 'latents') return [name, randomStream(5, name, 0).normals(size)]
      if (name === 'labels') return [name, uniforms.map((value) => Math.floor(3 * value))]
      if (name === 'mirror') return [name, uniforms.map((value) => Math.round(value))]
      if (/translation|cutout/.test(name)) {
        return [name, uniforms.map((value) => Math.round(4 * value - 2))]
      }
      return [name, uniforms]
    }),
  )
}

function expectClose(actual: Values, expected: Values): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, values] of Object.entries(expected)) {
    // The last bias' gradient is a sum of ones less a sum of ones, of which the drift term is left.
    if (name === 'grad/discriminator/4x4/dense1/bias') {
      expect(Math.abs(actual[name]![0]! - values[0]!)).toBeLessThan(ROUNDING)
    } else expect(closeness(actual[name]!, values), name).toBeLessThan(ROUNDING)
  }
}
