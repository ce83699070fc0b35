import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks of Linux' process times. */
const TICKS_PER_SECOND = 100

/** A process, its parent, what Chromium says it is ("other" where it says nothing), and its CPU seconds so far. */
export type ProcessTimes = {
  readonly pid: number
  readonly parent: number
  readonly kind: string
  readonly cpuSeconds: number
}

/** A process and all that it started, parents first. Linux only. */
export function familyOf(root: number): ProcessTimes[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(lookAt)
  const family = new Set([root])
  // Children have larger numbers than their parents, but for the rare time that numbers start anew.
  for (const { pid, parent } of all.sort((a, b) => a.pid - b.pid)) {
    if (family.has(parent)) family.add(pid)
  }
  return all.filter(({ pid }) => family.has(pid))
}

/** Nothing when it is gone. */
function lookAt(name: string): ProcessTimes[] {
  try {
    // The name in brackets before these may hold anything.
    const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
    const kind = /--type=([\w-]+)/.exec(command)?.[1] ?? 'other'
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    return [{ pid: Number(name), parent: Number(fields[1]), kind, cpuSeconds }]
  } catch {
    return []
  }
}

/** CPU seconds of a process and all it started so far, by kind; `main` is the first. */
export function cpuByKind(root: number): Map<string, number> {
  const seconds = new Map<string, number>()
  for (const { pid, kind, cpuSeconds } of familyOf(root)) {
    const name = pid === root ? 'main' : kind
    seconds.set(name, (seconds.get(name) ?? 0) + cpuSeconds)
  }
  return seconds
}
