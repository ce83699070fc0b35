import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probe } from '../../main/devices/probe'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { bundle } from '../ipc/bundle'
import { softwareDevice } from '../runtime/devices/softwareDevice'

const TIMEOUT_MS = 300_000
const env = softwareDevice()

describe.skipIf(env === null)('WebGPU on a software device', { timeout: TIMEOUT_MS }, () => {
  let program: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    program = await bundle('tests/devices/realProbe.ts')
  }, TIMEOUT_MS)
  afterAll(() => program.remove())

  test('takes a whole train step as the CPU does', async () => {
    const limits = { timeLimitMs: TIMEOUT_MS, env: env! }
    const verdict = await probe(forkedJobs(program.file), 'webgpu', { limits })
    expect(verdict).toMatchObject({ kind: 'works' })
    expect(verdict).toHaveProperty(
      'error',
      expect.toSatisfy((error: number) => error < 1e-3),
    )
  })
})
