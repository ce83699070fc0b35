import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { softwareDevice } from './softwareDevice'

const SOURCE = resolve('tests/runtime/devices/losingDriver.c')
const DRIVER = '/usr/lib/chromium/libvk_swiftshader.so'

/** A Vulkan device in software that can really be lost. */
export type LosingDevice = {
  /** The environment in which a process has it. */
  readonly env: Record<string, string>
  /** The device that works next is lost, to its driver's last word; one that is made afterwards is sound. */
  lose(): void
}

/** Compiles the driver into `folder`; null, with a word about it, where there is no {@link softwareDevice}. */
export function losingDevice(folder: string): LosingDevice | null {
  const software = softwareDevice()
  if (software === null) return null
  const library = join(folder, 'losingDriver.so')
  const options = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', library]
  execFileSync('gcc', [...options, SOURCE, '-ldl', '-lpthread'])
  const manifest = join(folder, 'losingDriver.json')
  const ICD = { library_path: library, api_version: '1.0.5' }
  writeFileSync(manifest, JSON.stringify({ file_format_version: '1.0.0', ICD }))
  const when = join(folder, 'loseNow')
  return {
    env: {
      ...software,
      VK_ICD_FILENAMES: manifest,
      LOSING_DRIVER_OF: DRIVER,
      LOSING_DRIVER_WHEN: when,
    },
    lose: () => writeFileSync(when, ''),
  }
}
