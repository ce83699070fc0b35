import { expect, test } from 'vitest'
import type { Engine, Session } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { checkDevice } from '../../main/trainer/checkDevice'
import { compareSteps, STEP_TOLERANCE } from '../../main/trainer/compareSteps'
import { trainStepProgram } from '../../main/trainer/step'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { segmentsOf } from '../../shared/schedule'

const preset = trainConfigFor({
  seed: 1,
  channels: 1,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 8,
  mirror: true,
  augment: ['color', 'translation', 'cutout'],
  classes: ['even', 'odd'],
})
const config = {
  ...preset,
  fmapMax: 8,
  fmapBase: 32,
  latentSize: 8,
  threads: 1,
  stages: preset.stages.map((stage) => ({ ...stage, batch: 4 })),
}
const segment = segmentsOf(config).find(({ phase }) => phase === 'fade')!
const program = trainStepProgram(config, segment)
/** The plain layout: other kernels than the blocked one's, so other rounding. */
const plain = new OnnxEngine({ threads: 1, block: 0 })

/** A device that gets one tensor of the state wrong by this factor. */
async function spoilt(name: string, factor: number, of = program): Promise<Session> {
  const session = await plain.load(of)
  const run: Session['run'] = async (inputs, signal) => {
    const outputs = await session.run(inputs, signal)
    const state = await session.getState()
    await session.setState({ ...state, [name]: state[name]!.map((value) => value * factor) })
    return outputs
  }
  return {
    stateNames: session.stateNames,
    run,
    setState: (values) => session.setState(values),
    getState: (names) => session.getState(names),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}

async function errorBetween(a: Engine, b: Engine, settings: TrainConfig): Promise<number> {
  const of = trainStepProgram(settings, segment)
  await using first = await a.load(of)
  await using second = await b.load(of)
  return (await compareSteps(first, second, settings, segment)).error
}

test('rounding differs less between two ways of computing than it may by a hundredth', async () => {
  // As many maps as the widest block has: fewer are in the plain layout either way.
  const wide = { ...config, fmapMax: 16, fmapBase: 64 }
  const error = await errorBetween(new OnnxEngine({ threads: 1 }), plain, wide)
  expect(error).toBeGreaterThan(0)
  expect(error).toBeLessThan(STEP_TOLERANCE / 100)
}, 60_000)

test('a device that computes as the CPU does may train', async () => {
  await using session = await plain.load(program)
  await checkDevice('webgpu', session, program, config, segment)
}, 60_000)

test.each([
  ['generator/8x8/conv1/weight', 1.01, /generator\/8x8\/conv1\/weight differs by 1% of its/],
  ['adam/discriminator/4x4/dense0/bias/v', 0.99, /dense0\/bias\/v differs by/],
  ['average/4x4/toRGB/weight', NaN, /average\/4x4\/toRGB\/weight differs by having no numbers/],
])(
  'a device that gets %s wrong is refused',
  async (name, factor, message) => {
    await using session = await spoilt(name, factor)
    const check = checkDevice('webgpu', session, program, config, segment)
    await expect(check).rejects.toThrow(message)
    await expect(check).rejects.toThrow(/webgpu .* at 8 px \(fade\).* --device cpu/)
  },
  60_000,
)

test('batch normalisation hides no error of a hundredth', async () => {
  const batchNorm = { ...config, generatorNorm: 'batch' as const }
  const of = trainStepProgram(batchNorm, segment)
  await using sound = await plain.load(of)
  await checkDevice('webgpu', sound, of, batchNorm, segment)
  await using session = await spoilt('generator/8x8/conv1/weight', 1.01, of)
  const check = checkDevice('webgpu', session, of, batchNorm, segment)
  await expect(check).rejects.toThrow(/generator\/8x8\/conv1\/weight differs by 1% of its/)
}, 60_000)
