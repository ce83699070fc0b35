import { describe, expect, test } from 'vitest'
import { ProgramGraph } from '../../main/runtime/programGraph'
import { OnnxEngine } from '../../main/runtime/onnx'
import { initialState } from '../../main/trainer/networkState'
import { randomStream } from '../../main/trainer/random'
import { trainStepProgram } from '../../main/trainer/step'
import { trainConfigFor } from '../../shared/domain/presets'
import { LOSSES, type LossName } from '../../shared/domain/trainConfig'

const BATCH = 8
const shape = { resolution: 8, phase: 'stable', batch: BATCH } as const

function configFor(loss: LossName) {
  const base = trainConfigFor({
    seed: 3,
    channels: 1,
    preset: 'tiny',
    firstResolution: 8,
    finalResolution: 8,
    loss,
  })
  return { ...base, latentSize: 16, fmapMax: 16, fmapBase: 64, driftWeight: 0 }
}

describe('the gradient penalty beside the loss', () => {
  test.each(['wgan-gp', 'logistic'] as const)(
    '%s: it is what the scores leave of the loss',
    async (loss) => {
      const config = configFor(loss)
      await using session = await new OnnxEngine({ threads: 1 }).load(
        trainStepProgram(config, shape),
      )
      await session.setState(initialState(config, 8))
      const noise = randomStream(1, 'noise', 0)
      const [outputs] = await session.run([
        {
          reals: Uint8Array.from(noise.uniforms(BATCH * 64), (value) => 255 * value),
          latents: noise.normals(BATCH * config.latentSize),
          ...(loss === 'wgan-gp' && { mix: noise.uniforms(BATCH) }),
          learningRate: Float32Array.of(1e-3),
          adamStep: Float32Array.of(1),
        },
      ])
      const value = (name: string) => outputs![name]![0]!
      if (loss === 'logistic') return expect(outputs).not.toHaveProperty('gradientPenalty')
      expect(value('gradientPenalty')).toBeGreaterThan(0)
      const left = value('discriminatorLoss') - value('fakeScore') + value('realScore')
      expect(value('gradientPenalty')).toBeCloseTo(left, 4)
    },
  )

  test.each(LOSSES)('%s: telling it costs no further convolution', (loss) => {
    const program = trainStepProgram(configFor(loss), shape)
    const silent = {
      ...program,
      run: (...given: Parameters<typeof program.run>) => {
        const { state, outputs } = program.run(...given)
        const { gradientPenalty: _, ...rest } = outputs
        return { state, outputs: rest }
      },
    }
    const work = (of: typeof program) =>
      ProgramGraph.of(of).graph.values.filter(({ op }) => /conv/i.test(op.kind)).length
    expect(work(program)).toBe(work(silent))
  })
})
