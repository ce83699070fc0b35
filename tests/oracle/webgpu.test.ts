import type * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { bundle } from '../ipc/bundle'
import { softwareDevice } from '../runtime/devices/softwareDevice'
import { expectGradients, expectSteps, type StepTolerances } from './expectations'
import { Fixture } from './fixture'
import { fixturesJob } from './webgpuJob'

const TIMEOUT_MS = 900_000
/** What a device may differ from the CPU by before a run is refused it. */
const TOLERANCE = 1e-3
const TOLERANCES: StepTolerances = {
  loss: TOLERANCE,
  firstMoment: 2 * TOLERANCE,
  laterMoment: 2 * TOLERANCE,
  weight: 1e-5,
  undecidedShare: 5e-3,
}
/**
 * Each size and both losses; three colours and a ninth map at 4 px everywhere, and networks of 6 maps and 3; batch
 * normalisation, and several updates of the discriminator in a step with it.
 */
const FEW = [
  'wgan-gp-4px-stable-3ch-8maps',
  'logistic-8px-fade-3ch-8maps',
  'wgan-gp-16px-fade-3ch-6maps',
  'logistic-4px-stable-3ch-8maps-batchnorm',
  'logistic-8px-fade-3ch-8maps-classes-batchnorm-critic2-tutorial',
]
/** A case takes this device about a minute, so the others only come with SPROUT_TEST_WEBGPU=all. */
const OTHERS = [
  'logistic-4px-stable-3ch-8maps',
  'wgan-gp-8px-fade-3ch-8maps',
  'wgan-gp-16px-fade-3ch-8maps',
  'logistic-16px-fade-3ch-8maps',
  'logistic-16px-fade-3ch-6maps',
  'wgan-gp-8px-fade-3ch-8maps-batchnorm',
  'wgan-gp-4px-stable-1ch-8maps-critic3',
]
const CASES = process.env.SPROUT_TEST_WEBGPU === 'all' ? [...FEW, ...OTHERS] : FEW

const env = softwareDevice()

describe.skipIf(env === null)('WebGPU on a software device agrees with PyTorch', () => {
  let results: v.InferOutput<typeof fixturesJob.result> = {}
  beforeAll(async () => {
    const program = await bundle('tests/oracle/webgpuChild.ts')
    try {
      // One process for all: most of the time goes into shaders, which it keeps.
      const limits = { timeLimitMs: TIMEOUT_MS, env: env! }
      const outcome = await forkedJobs(program.file).run(fixturesJob, { names: CASES }, limits)
      expect(outcome).toMatchObject({ kind: 'done' })
      if (outcome.kind === 'done') results = outcome.result
    } finally {
      program.remove()
    }
  }, TIMEOUT_MS)

  test.each(CASES)('gradients and a step: %s', (name) => {
    const fixture = new Fixture(name)
    const { gradients, steps } = results[name]!
    if (gradients !== null) expectGradients(fixture, gradients, TOLERANCE)
    expectSteps(fixture, steps, TOLERANCES)
  })
})
