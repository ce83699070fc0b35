import { explained } from '../../shared/domain/explanation'
import type { Device } from '../../shared/domain/device'
import type { JobHost } from '../../shared/jobs'
import { knownDevices, listDevices, probeDevices } from '../devices/probe'
import type { Home } from '../store/home'
import type { Jobs } from './jobs'

/** What trying devices needs of the library. */
export type DevicesParts = {
  readonly home: Home
  readonly processes: JobHost
  readonly jobs: Jobs
  /** Told when trying begins and ends, and after each device. */
  readonly changed: () => void
}

/** Tells what is known of the devices and tries them; one trial at a time. */
export class Devices {
  readonly #parts: DevicesParts
  #probing: string | null = null

  constructor(parts: DevicesParts) {
    this.#parts = parts
  }

  list() {
    return { known: knownDevices(this.#parts.home), probing: this.#probing }
  }

  /** Starts a job that tries these devices again, or all that are not known where null, and answers its id. */
  probe(devices: readonly Device[] | null): string {
    if (this.#probing !== null) throw explained('devices_busy', {})
    const { home, processes, jobs, changed } = this.#parts
    const jobId = jobs.start(async (report, signal) => {
      const wanted = devices ?? listDevices()
      let done = 0
      const onTrying = (device: Device) => report(device, done, wanted.length)
      const onFound = () => {
        done++
        changed()
      }
      const again = devices !== null
      try {
        await probeDevices(home, processes, { devices: wanted, again, signal, onTrying, onFound })
        return ''
      } finally {
        this.#probing = null
        setImmediate(changed)
      }
    })
    this.#probing = jobId
    changed()
    return jobId
  }
}
