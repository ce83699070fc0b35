import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Clock ticks of Linux' process times. */
const TICKS_PER_SECOND = 100

/** A stretch of training. `stepSeconds` is what the program itself saw its steps take. */
export type Sample = {
  readonly images: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly stepSeconds: number
}

/** CPU seconds that a process and its threads have had so far. */
export function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
