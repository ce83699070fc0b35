import { existsSync } from 'node:fs'

/** The Vulkan device in software that comes with Debian's Chromium, which npm test installs for the window's tests. */
const CHROMIUM = '/usr/lib/chromium'
const DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`

/** The environment in which a process has WebGPU in software; null, with a word about it, where it is not there. */
export function softwareDevice(): Record<string, string> | null {
  if (existsSync(DRIVER) && existsSync(`${CHROMIUM}/libvulkan.so.1`))
    return { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM }
  process.stderr.write(`WebGPU is not tested: there is no ${DRIVER}.\n`)
  return null
}
