import { readdirSync, readFileSync } from 'node:fs'
import { processTimes } from '../processTimes'

/** CPU seconds of a process and all it started so far, by what Chromium says they are; `main` is the first. */
export function cpuByKind(root: number): Map<string, number> {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(look)
  const family = new Set([root])
  // Children have larger numbers than their parents, but for the rare time that numbers start anew.
  for (const { pid, parent } of all.sort((a, b) => a.pid - b.pid)) {
    if (family.has(parent)) family.add(pid)
  }
  const seconds = new Map<string, number>()
  for (const { pid, kind, cpu } of all) {
    if (!family.has(pid)) continue
    const name = pid === root ? 'main' : kind
    seconds.set(name, (seconds.get(name) ?? 0) + cpu)
  }
  return seconds
}

function look(name: string): { pid: number; parent: number; kind: string; cpu: number }[] {
  try {
    const { parent, cpuSeconds: cpu } = processTimes(name)
    const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
    const kind = /--type=([\w-]+)/.exec(command)?.[1] ?? 'other'
    return [{ pid: Number(name), parent, kind, cpu }]
  } catch {
    return []
  }
}
