import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forkedJobs } from '../../../main/ipc/forkedJobs'
import { bundle } from '../../ipc/bundle'
import { convolutionJob } from './webgpuJob'

const TIMEOUT_MS = 300_000
/** The Vulkan device in software that comes with Debian's Chromium, which npm test installs for the window's tests. */
const CHROMIUM = '/usr/lib/chromium'
const DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`
const present = existsSync(DRIVER) && existsSync(`${CHROMIUM}/libvulkan.so.1`)

if (!present) process.stderr.write(`WebGPU is not tested: there is no ${DRIVER}.\n`)

describe.skipIf(!present)('WebGPU on a software device', { timeout: TIMEOUT_MS }, () => {
  let program: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    program = await bundle('tests/runtime/devices/webgpuChild.ts')
  }, TIMEOUT_MS)
  afterAll(() => program.remove())

  test.each([3, 6, 8, 9])('steps as the CPU does with %i channels', async (channels) => {
    const outcome = await forkedJobs(program.file).run(
      convolutionJob,
      { channels },
      { timeLimitMs: TIMEOUT_MS, env: { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM } },
    )
    expect(outcome).toMatchObject({ kind: 'done' })
    if (outcome.kind !== 'done') return
    expect(outcome.result.state).toBeLessThan(1e-5)
    expect(outcome.result.loss).toBeLessThan(1e-5)
    expect(outcome.result.moved).toBeGreaterThan(1e-3)
  })
})
