import { setTimeout as wait } from 'node:timers/promises'
import { cpuByKind } from './processTimes'
import { Turns } from './turns'

/** Looks at how far both are come this far apart, so that they cost nothing. */
const LOOK_MS = 2000

/** How far a training was at a moment, in ms since the epoch. */
export type Mark = { readonly images: number; readonly at: number }

/** A process that trains. */
export type Party = {
  readonly pid: number
  /** Its marks so far, in order. */
  marks(): readonly Mark[]
}

/** `cores`: CPU seconds a second, by the kind of process. */
export type Speed = {
  readonly imagesPerSecond: number
  readonly cores: ReadonlyMap<string, number>
}

/**
 * Times two trainings that run by turns, until `isDone`, which is told when the turns began. Images and seconds are
 * counted from the first mark within the turns to the last; of seconds, only those that it ran.
 */
export async function timeByTurns(
  parties: readonly [Party, Party],
  seconds: readonly [number, number],
  isDone: (begun: number) => boolean,
): Promise<[Speed, Speed]> {
  const turns = new Turns([parties[0].pid, parties[1].pid], seconds)
  const before = parties.map(({ pid }) => cpuByKind(pid))
  const begun = Date.now()
  turns.begin()
  try {
    do await wait(LOOK_MS)
    while (!isDone(begun))
  } finally {
    turns.end()
  }
  const ended = Date.now()
  const speedOf = (which: 0 | 1): Speed => {
    const ran = (at: number) => turns.secondsOf(which, at)
    const marks = parties[which].marks().filter(({ at }) => at >= begun && at <= ended)
    const [first, last] = [marks[0]!, marks.at(-1)!]
    const cores = [...cpuByKind(parties[which].pid)].map(([kind, cpu]): [string, number] => {
      return [kind, (cpu - (before[which]!.get(kind) ?? 0)) / ran(ended)]
    })
    return {
      imagesPerSecond: (last.images - first.images) / (ran(last.at) - ran(first.at)),
      cores: new Map(cores),
    }
  }
  return [speedOf(0), speedOf(1)]
}

/** CPU time that an image takes in all of a training's processes, in ms. */
export function cpuPerImage({ cores, imagesPerSecond }: Speed): number {
  const all = [...cores.values()].reduce((sum, share) => sum + share, 0)
  return (1000 * all) / imagesPerSecond
}
