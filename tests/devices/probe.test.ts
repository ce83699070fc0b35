import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseDevice } from '../../main/devices/choose'
import { probe, probeDevices, type DeviceReport } from '../../main/devices/probe'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { openHome } from '../../main/store/home'
import { fastestDevice, type Device, type Verdict } from '../../shared/domain/device'
import type { JobHost } from '../../shared/jobs'
import { bundle } from '../ipc/bundle'

const TIMEOUT_MS = 180_000

let program: Awaited<ReturnType<typeof bundle>>
let jobs: JobHost
const folder = mkdtempSync(join(tmpdir(), 'sprout-devices-'))
const home = openHome(folder)

beforeAll(async () => {
  program = await bundle('tests/devices/probeEntry.ts')
  jobs = forkedJobs(program.file)
}, TIMEOUT_MS)
afterAll(() => {
  program.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** For calls that must not try anything. */
const noJobs: JobHost = {
  run: (spec) => {
    throw new Error(`"${spec.kind}" was started`)
  },
}

describe('a device that is tried in a process of its own', { timeout: TIMEOUT_MS }, () => {
  test('works, as the CPU does, with its speed', async () => {
    const verdict = await probe(jobs, 'cpu')
    expect(verdict).toMatchObject({ kind: 'works', error: 0 })
    if (verdict.kind !== 'works') return
    expect(verdict.imagesPerSecond).toBeGreaterThan(0)
    expect(verdict.cpuImagesPerSecond).toBeGreaterThan(0)
  })

  test('may crash, hang or refuse, and that is what is told', async () => {
    const crashed = await probe(jobs, 'webgpu')
    expect(crashed).toMatchObject({ kind: 'crashed', signal: 'SIGSEGV' })
    expect(crashed).toHaveProperty('message', expect.stringContaining('the driver fell over'))
    expect(await probe(jobs, 'cuda', { limits: { timeLimitMs: 3000 } })).toMatchObject({
      kind: 'hung',
    })
    const refused = { kind: 'refused', message: 'out of device memory' }
    expect(await probe(jobs, 'dml')).toEqual(refused)
    // The real one: no machine that runs these tests has Core ML, and ONNX Runtime says so.
    if (process.platform === 'linux')
      expect(await probe(jobs, 'coreml')).toMatchObject({ kind: 'absent' })
  })

  test('is remembered, tried again when asked, and tried anew when the file is damaged', async () => {
    const devices: Device[] = ['webgpu']
    const tried: Device[] = []
    const onTrying = (device: Device) => tried.push(device)
    const [first] = await probeDevices(home, jobs, { devices, onTrying })
    expect(first).toMatchObject({ device: 'webgpu', remembered: false })
    const [second] = await probeDevices(home, noJobs, { devices, onTrying })
    expect(second).toEqual({ ...first, remembered: true })
    expect(tried).toEqual(['webgpu'])
    await probeDevices(home, jobs, { devices, onTrying, again: true })
    expect(tried).toEqual(['webgpu', 'webgpu'])
    expect(readdirSync(folder).sort()).toEqual(['datasets', 'devices.json', 'runs'])
    writeFileSync(join(folder, 'devices.json'), '{"version":1,"machines":{"')
    await expect(probeDevices(home, noJobs, { devices })).rejects.toThrow('was started')
    await probeDevices(home, jobs, { devices })
    expect((await probeDevices(home, noJobs, { devices }))[0]!.verdict.kind).toBe('crashed')
  })

  test('is refused to a run when it does not work', async () => {
    await expect(chooseDevice(home, jobs, 'dml')).rejects.toThrow(
      /dml does not work here \(refused\): out of device memory\. Train with --device cpu/,
    )
    expect(await chooseDevice(home, noJobs, 'cpu')).toBe('cpu')
  })

  test('stops being tried when the one who asked gives up', async () => {
    const signal = AbortSignal.timeout(500)
    const devices: Device[] = ['cuda']
    await expect(probeDevices(home, jobs, { devices, signal })).rejects.toThrow(/abort|timeout/i)
    await expect(probeDevices(home, noJobs, { devices })).rejects.toThrow('was started')
  })
})

test('the fastest is the one that beats the CPU most, and the CPU where none does', () => {
  const at = (device: Device, imagesPerSecond: number): DeviceReport => {
    const cpuImagesPerSecond = 10
    const step = 'standard'
    const verdict: Verdict = { kind: 'works', step, imagesPerSecond, cpuImagesPerSecond, error: 0 }
    return { device, verdict, remembered: false }
  }
  const hung = { device: 'cuda', verdict: { kind: 'hung', message: '' }, remembered: true } as const
  expect(fastestDevice([at('cpu', 20), hung, at('webgpu', 9)])).toBe('cpu')
  expect(fastestDevice([at('cpu', 9), at('webgpu', 11), at('tensorflow', 30), hung])).toBe(
    'tensorflow',
  )
})
