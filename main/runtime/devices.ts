import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/**
 * Physical cores of this machine, at least 1. Hyperthreads share one core's multipliers, so a second thread
 * on them slows convolutions down.
 */
export function physicalCores(): number {
  const logical = Math.max(1, cpus().length)
  if (process.platform === 'linux') return linuxCores() ?? logical
  // Windows on x86 nearly always has two threads a core; Apple's and ARM's cores have one.
  return process.platform === 'win32' && process.arch === 'x64' ? Math.ceil(logical / 2) : logical
}

/** Distinct (package, core) pairs of /proc/cpuinfo; null where the file does not tell (some ARM and containers). */
function linuxCores(): number | null {
  let text: string
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    return null
  }
  const cores = new Set<string>()
  for (const block of text.split('\n\n')) {
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1]
    const socket = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1]
    if (core !== undefined && socket !== undefined) cores.add(`${socket}/${core}`)
  }
  return cores.size > 0 ? cores.size : null
}
