import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'

/** Most memory that this process has had so far, in bytes. */
export function peakMemory(): number {
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(textOf('/proc/self/status'))?.[1]
  return 1024 * (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes))
}

/**
 * Memory that programs can still take without others being pushed out, in bytes. On Linux what the kernel says is
 * available, within the limit of the control group; on macOS pages that are free or given up at once.
 */
export function availableMemory(): number {
  if (process.platform === 'linux') {
    const kilobytes = /^MemAvailable:\s*(\d+) kB/m.exec(textOf('/proc/meminfo'))?.[1]
    const machine = kilobytes === undefined ? freemem() : 1024 * Number(kilobytes)
    return Math.min(machine, controlGroupRoom())
  }
  return process.platform === 'darwin' ? (macMemory() ?? freemem()) : freemem()
}

/** Memory that is left to everything else on the machine, in bytes: a twentieth, and at least a quarter GiB. */
export function memoryReserve(): number {
  return Math.max(256 << 20, totalmem() / 20)
}

/** What is left of a container's limit; no limit is Infinity. */
function controlGroupRoom(): number {
  const most = Number(textOf('/sys/fs/cgroup/memory.max'))
  const used = Number(textOf('/sys/fs/cgroup/memory.current'))
  if (!(most > 0) || !(used > 0)) return Infinity
  // Cached files count as used but are given up on demand.
  const cached = /^inactive_file (\d+)/m.exec(textOf('/sys/fs/cgroup/memory.stat'))?.[1]
  return Math.max(0, most - used + Number(cached ?? 0))
}

function macMemory(): number | null {
  try {
    const text = execFileSync('vm_stat', { encoding: 'utf8' })
    const pageSize = Number(/page size of (\d+) bytes/.exec(text)?.[1])
    const pages = ['free', 'inactive', 'speculative', 'purgeable'].map((kind) =>
      Number(new RegExp(`^Pages ${kind}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0),
    )
    return pageSize > 0 ? pageSize * pages.reduce((sum, count) => sum + count, 0) : null
  } catch {
    return null
  }
}

/** A small file's text; empty where there is none. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
