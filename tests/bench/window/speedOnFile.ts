import { setTimeout as wait } from 'node:timers/promises'
import { openHome } from '../../../main/store/home'
import { RunFile } from '../../../main/store/runFile'
import type { TrainEvent } from '../../../shared/domain/trainEvent'

/** Ticks of a new process before its speed counts. */
const WARM_TICKS = 4
/** Looks into the file are this far apart, so that they cost nothing. */
const LOOK_MS = 2000
const MOST_EVENTS = 100_000

/** Which training to time, and what to gauge at both ends of the stretch. */
export type Timing<T> = {
  readonly home: string
  readonly runId: string
  readonly checkpoints: number
  readonly gauge: () => T
}

/**
 * Images/s of the training that goes on in some process, from what it writes into its run's file: from one of its ticks
 * until after the given number of its checkpoints.
 */
export async function speedOnFile<T>({ home, runId, checkpoints, gauge }: Timing<T>) {
  const begun = Date.now()
  let from: { tick: TrainEvent; gauged: T; ms: number } | null = null
  for (;;) {
    await wait(LOOK_MS)
    const events = newEvents(home, runId, begun)
    const ticks = events.filter(({ body }) => body.kind === 'tick')
    const tick = ticks.at(-1)
    if (tick === undefined || ticks.length < WARM_TICKS) continue
    from ??= { tick, gauged: gauge(), ms: performance.now() }
    const since = from.tick.seq
    const saved = events.filter(({ seq, body }) => seq > since && body.kind === 'checkpoint')
    const last = saved[checkpoints - 1]
    if (last === undefined || tick.seq < last.seq) continue
    const seconds = (tick.at - from.tick.at) / 1000
    const images = imagesOf(tick) - imagesOf(from.tick)
    const gauged = { from: from.gauged, to: gauge() }
    const gaugedSeconds = (performance.now() - from.ms) / 1000
    return { imagesPerSecond: images / seconds, seconds: gaugedSeconds, cpu: gauged }
  }
}

function newEvents(home: string, runId: string, since: number): TrainEvent[] {
  const run = RunFile.openForReading(openHome(home).runFile(runId))
  try {
    return run.eventsAfter(0, MOST_EVENTS).filter(({ at }) => at >= since)
  } finally {
    run.close()
  }
}

function imagesOf({ body }: TrainEvent): number {
  return 'imagesSeen' in body ? body.imagesSeen : 0
}
