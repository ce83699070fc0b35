import { DEVICES, type Device, type KnownDevice, type Verdict } from '../../shared/domain/device'
import type { JobHost, JobLimits } from '../../shared/jobs'
import { physicalCores } from '../runtime/devices'
import { supportedProviders } from '../runtime/onnxDevice'
import { DeviceAnswers } from '../store/deviceAnswers'
import type { Home } from '../store/home'
import { engineFor } from '../trainer/engineFor'
import { machineKey } from '../runtime/machine'
import { probeDevice } from './probeJob'

/** A first step in software on a busy machine takes tens of seconds; a driver that hangs, for ever. */
const TIME_LIMIT_MS = 180_000

/** What is known of one device. */
export type DeviceReport = {
  readonly device: Device
  readonly verdict: Verdict
  /** Found in an earlier call. */
  readonly remembered: boolean
}

export type ProbeOptions = {
  /** Try what was tried before as well. */
  readonly again?: boolean
  /** Which to try; {@link listDevices} where left out. */
  readonly devices?: readonly Device[]
  readonly signal?: AbortSignal
  /** Hears of each device before it is tried. */
  readonly onTrying?: (device: Device) => void
  /** Hears of each device once it is known, tried or not. */
  readonly onFound?: (report: DeviceReport) => void
  /** Bounds of each device's process; three minutes where left out. */
  readonly limits?: JobLimits
}

/** The devices that this build of ONNX Runtime may have here, the CPU first, and the TensorFlow engine. */
export function listDevices(): Device[] {
  const supported = new Set<string>(['cpu', ...supportedProviders(), 'tensorflow'])
  return DEVICES.filter((device) => supported.has(device))
}

/** What is known of each device of {@link listDevices}, without trying any. */
export function knownDevices(home: Home): KnownDevice[] {
  const answers = new DeviceAnswers(home, machineKey())
  return listDevices().map((device) => {
    const missing = missingEngine(device)
    if (missing !== null) return { device, verdict: missing, foundAt: null }
    const { verdict = null, foundAt = null } = answers.get(device) ?? {}
    return { device, verdict, foundAt }
  })
}

/**
 * Tries each device in a process of its own, one after the other, or tells what was found before: answers are kept in
 * the home folder, by machine and version of ONNX Runtime. Throws only when it is aborted.
 */
export async function probeDevices(
  home: Home,
  jobs: JobHost,
  options: ProbeOptions = {},
): Promise<DeviceReport[]> {
  const answers = new DeviceAnswers(home, machineKey())
  const reports: DeviceReport[] = []
  for (const device of options.devices ?? listDevices()) {
    const told = (verdict: Verdict, remembered: boolean) => {
      const report = { device, verdict, remembered }
      reports.push(report)
      options.onFound?.(report)
    }
    // An engine may have been removed since it was tried.
    const missing = missingEngine(device)
    if (missing !== null) {
      told(missing, false)
      continue
    }
    const known = options.again === true ? undefined : answers.get(device)
    if (known !== undefined) {
      told(known.verdict, true)
      continue
    }
    options.onTrying?.(device)
    const verdict = await probe(jobs, device, options)
    answers.set(device, verdict)
    told(verdict, false)
  }
  return reports
}

/** Tries one device in a process of its own. Throws when it is aborted or the job itself cannot be done. */
export async function probe(
  jobs: JobHost,
  device: Device,
  { signal, limits }: Pick<ProbeOptions, 'signal' | 'limits'> = {},
): Promise<Verdict> {
  const outcome = await jobs.run(
    probeDevice,
    { device, threads: physicalCores() },
    { timeLimitMs: TIME_LIMIT_MS, ...limits, ...(signal && { signal }) },
  )
  switch (outcome.kind) {
    case 'done':
      return outcome.result
    case 'crashed':
      return { kind: 'crashed', signal: outcome.signal, message: outcome.message }
    case 'hung':
      return { kind: 'hung', message: outcome.message }
    case 'failed':
      return { kind: 'refused', message: outcome.message }
    case 'cancelled':
      throw signal?.reason ?? new Error(outcome.message)
  }
}

/** An engine that is not installed needs no process to find out, and is not remembered: it may be installed later. */
function missingEngine(device: Device): Verdict | null {
  try {
    engineFor({ device, threads: 1 })
    return null
  } catch (error) {
    return { kind: 'absent', message: error instanceof Error ? error.message : String(error) }
  }
}
