import { fastestDevice, type Device } from '../../shared/domain/device'
import type { JobHost } from '../../shared/jobs'
import type { Home } from '../store/home'
import { probeDevices, type ProbeOptions } from './probe'

/** What a person may ask for: a device, or the fastest that works. */
export type DeviceWish = Device | 'auto'

/**
 * The device to train on. Tries what is not known yet, each in a process of its own; the CPU is taken as it is. Throws one
 * clear line when the device asked for does not work here.
 */
export async function chooseDevice(
  home: Home,
  jobs: JobHost,
  wish: DeviceWish,
  options: Omit<ProbeOptions, 'devices' | 'again'> = {},
): Promise<Device> {
  if (wish === 'cpu') return wish
  if (wish === 'auto') return fastestDevice(await probeDevices(home, jobs, options))
  const [report] = await probeDevices(home, jobs, { ...options, devices: [wish] })
  const { verdict } = report!
  if (verdict.kind === 'works') return wish
  throw new Error(
    `The device ${wish} does not work here (${verdict.kind}): ${verdict.message.replace(/\.$/, '')}. ` +
      'Train with --device cpu, or try the devices again with: sprout devices --again',
  )
}
