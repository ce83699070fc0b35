import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forkedJobs } from '../../../main/ipc/forkedJobs'
import { bundle } from '../../ipc/bundle'
import { softwareDevice } from './softwareDevice'
import { convolutionJob } from './webgpuJob'

const TIMEOUT_MS = 300_000
const env = softwareDevice()

describe.skipIf(env === null)('WebGPU on a software device', { timeout: TIMEOUT_MS }, () => {
  let program: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    program = await bundle('tests/runtime/devices/webgpuChild.ts')
  }, TIMEOUT_MS)
  afterAll(() => program.remove())

  test.each([3, 6, 8, 9])('steps as the CPU does with %i channels', async (channels) => {
    const outcome = await forkedJobs(program.file).run(
      convolutionJob,
      { channels },
      { timeLimitMs: TIMEOUT_MS, env: env! },
    )
    expect(outcome).toMatchObject({ kind: 'done' })
    if (outcome.kind !== 'done') return
    expect(outcome.result.state).toBeLessThan(1e-5)
    expect(outcome.result.loss).toBeLessThan(1e-5)
    expect(outcome.result.moved).toBeGreaterThan(1e-3)
  })
})
