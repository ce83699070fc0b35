import { readFileSync } from 'node:fs'

/** Clock ticks of Linux' process times. */
const TICKS_PER_SECOND = 100

/** A process' parent, and the CPU seconds that it and its threads have had so far. Throws when it is gone. Linux only. */
export function processTimes(pid: number | string): { parent: number; cpuSeconds: number } {
  // The name in brackets before these may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  return { parent: Number(fields[1]), cpuSeconds }
}
