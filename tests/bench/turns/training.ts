import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { openHome } from '../../../main/store/home'
import { RunFile } from '../../../main/store/runFile'
import type { Resolution } from '../../../shared/domain/resolution'
import type { TrainEvent } from '../../../shared/domain/trainEvent'
import type { Mark, Party } from './timeByTurns'

const CLI = join(process.cwd(), 'out/main/cli.cjs')
/** Ticks of a new process before its speed counts: the first ones come with the first mosaic and warm up memory. */
const WARM_TICKS = 4
const LOOK_MS = 1000
const MOST_EVENTS = 100_000
const START_TIMEOUT_MS = 240_000

/**
 * Leaves a run of the sample pictures stopped a few ticks into the fade to `resolution`, with its pictures prepared and
 * its kernels chosen; answers its id. The sizes below are hurried through, the fade never ends.
 */
export async function prepareRun(
  home: string,
  resolution: Resolution,
  options: readonly string[],
): Promise<string> {
  const data = ['--data', 'sample:emoji', '--home', home, '--json']
  const args = [CLI, 'train', ...data, ...options, ...scheduleTo(resolution)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  let [runId, ticks] = ['', 0]
  for await (const text of createInterface({ input: child.stdout! })) {
    const line = JSON.parse(text) as { type: string; runId?: string; resolution?: number }
    if (line.runId !== undefined) runId = line.runId
    if (line.type === 'tick' && line.resolution === resolution) ticks++
    if (ticks === WARM_TICKS) child.kill('SIGINT')
  }
  await gone
  return runId
}

/** Options of a schedule that hurries to a size and fades it in without end; 4 px, which nothing fades into, is stable. */
function scheduleTo(resolution: Resolution): string[] {
  const endless = '10000000'
  if (resolution === 4) return ['--to', '4', '--stable-images', endless]
  const first = Math.min(8, resolution / 2)
  const sizes = ['--from', `${first}`, '--to', `${resolution}`]
  const below = []
  for (let size = 2 * first; size < resolution; size *= 2) below.push('--stage', `${size}:fade=16`)
  return [...sizes, '--stable-images', '16', '--fade-images', endless, ...below]
}

/** `sprout resume` of a run, and what ends it. */
export function resumeRun(home: string, runId: string) {
  const args = [CLI, 'resume', runId, '--home', home, '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const gone = once(child, 'exit')
  return {
    party: new TrainingParty(home, runId, child.pid!),
    async end() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** A process that trains a run, as seen from what it writes into the run's file from now on. */
export class TrainingParty implements Party {
  readonly pid: number
  readonly #begun = Date.now()
  readonly #file: string
  readonly #runId: string
  readonly #seen: TrainEvent[] = []
  #seq = 0

  constructor(home: string, runId: string, pid: number) {
    this.#file = openHome(home).runFile(runId)
    this.#runId = runId
    this.pid = pid
  }

  /** The first tick after each of its checkpoints: between any two of them lies a whole number of checkpoints. */
  marks(): Mark[] {
    let saved = false
    return this.#events().flatMap(({ at, body }) => {
      if (body.kind === 'checkpoint') saved = true
      if (body.kind !== 'tick' || !saved) return []
      saved = false
      return [{ at, images: body.imagesSeen }]
    })
  }

  /** Waits until its first ticks are over. */
  async warm(): Promise<void> {
    const begun = Date.now()
    const ticks = () => this.#events().filter(({ body }) => body.kind === 'tick')
    while (ticks().length < WARM_TICKS) {
      if (Date.now() - begun > START_TIMEOUT_MS) throw new Error(`${this.#runId} does not train.`)
      await wait(LOOK_MS)
    }
  }

  /** True when it trained from one checkpoint to the next so many times since a moment. */
  trained(checkpoints: number, since: number): boolean {
    return this.marks().filter(({ at }) => at >= since).length > checkpoints
  }

  /** What came since the last look is read alone, so that looking costs both parties little. */
  #events(): readonly TrainEvent[] {
    const run = RunFile.openForReading(this.#file)
    try {
      const news = run.eventsAfter(this.#seq, MOST_EVENTS)
      this.#seq = news.at(-1)?.seq ?? this.#seq
      this.#seen.push(...news.filter(({ at }) => at >= this.#begun))
      return this.#seen
    } finally {
      run.close()
    }
  }
}
