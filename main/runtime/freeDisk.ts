import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'

/** Free bytes of the disk that `folder` is on; null when the system does not tell. */
export function freeDisk(folder: string): number | null {
  try {
    if ('statfsSync' in fs) {
      const { bavail, bsize } = fs.statfsSync(folder)
      return bavail * bsize
    }
    // Older Nodes, as in older Electrons, cannot ask the system.
    const text = execFileSync('df', ['-kP', '--', folder], { encoding: 'utf8' })
    const kilobytes = Number(text.trim().split('\n').at(-1)?.split(/\s+/).at(3))
    return Number.isFinite(kilobytes) ? 1024 * kilobytes : null
  } catch {
    return null
  }
}
