import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probe } from '../../main/devices/probe'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { bundle } from '../ipc/bundle'

const TIMEOUT_MS = 300_000
/** The Vulkan device in software that comes with Debian's Chromium, which npm test installs for the window's tests. */
const CHROMIUM = '/usr/lib/chromium'
const DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`
const present = existsSync(DRIVER) && existsSync(`${CHROMIUM}/libvulkan.so.1`)

describe.skipIf(!present)('WebGPU on a software device', { timeout: TIMEOUT_MS }, () => {
  let program: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    program = await bundle('tests/devices/realProbe.ts')
  }, TIMEOUT_MS)
  afterAll(() => program.remove())

  test('takes a whole train step as the CPU does', async () => {
    const env = { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM }
    const limits = { timeLimitMs: TIMEOUT_MS, env }
    const verdict = await probe(forkedJobs(program.file), 'webgpu', { limits })
    expect(verdict).toMatchObject({ kind: 'works' })
    expect(verdict).toHaveProperty(
      'error',
      expect.toSatisfy((error: number) => error < 1e-3),
    )
  })
})
