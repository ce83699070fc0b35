import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { randomStream } from '../../main/trainer/random'
import { tended } from '../tended'

const CLI = resolve('out/main/cli.cjs')
const KILL_AT = pathToFileURL(join(__dirname, 'killAt.mjs')).href

/** When a process is killed: so long after its start, or at a moment of its work with files (`killAt.mjs`). */
export type KillMoment =
  | { readonly afterMs: number }
  | { readonly at: string; readonly nth: number; readonly when: 'before' | 'after' }

/** How a command that was to be killed ended; it may have been done before. */
export type KilledEnd = { killed: boolean; code: number | null; stdout: string; stderr: string }

/** Moments in the life of a training: the statement that each is written down with, and how many a life has at least. */
export const TRAINING_MOMENTS: Readonly<Record<string, { at: string; most: number }>> = {
  tick: { at: 'INSERT INTO events .*tick', most: 3 },
  mosaic: { at: 'INSERT INTO mosaics', most: 1 },
  checkpoint: { at: 'INSERT INTO tensors', most: 60 },
  'end of a checkpoint': { at: 'INSERT INTO events .*checkpoint', most: 1 },
  pruning: { at: 'DELETE FROM checkpoints', most: 1 },
  stage: { at: 'INSERT INTO events .*stage', most: 1 },
  commit: { at: '^COMMIT', most: 10 },
  start: { at: 'UPDATE run SET state', most: 2 },
  rewind: { at: 'UPDATE events SET superseded', most: 1 },
}

/** Numbers that follow from a seed, so that a failure can be had again. */
export class Chance {
  readonly #seed: number
  #drawn = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  /** From 0 up to, and without, `below`. */
  whole(below: number): number {
    return Math.floor(this.share() * below)
  }

  /** From 0 up to 1. */
  share(): number {
    return randomStream(this.#seed, 'faults', this.#drawn++).uniforms(1)[0]!
  }

  of<T>(list: readonly T[]): T {
    return list[this.whole(list.length)]!
  }
}

/** Any moment: half of them at a point of the work with files, half by the clock, up to `mostMs` after the start. */
export function anyMoment(
  chance: Chance,
  moments: typeof TRAINING_MOMENTS,
  mostMs: number,
): { name: string; moment: KillMoment } {
  if (chance.share() < 0.5) {
    return { name: 'by the clock', moment: { afterMs: chance.whole(mostMs) } }
  }
  const [name, { at, most }] = chance.of(Object.entries(moments))
  const when = chance.of(['before', 'after'] as const)
  return { name, moment: { at, nth: 1 + chance.whole(most), when } }
}

/** Runs a command of the built command line and kills it at `moment`, unless it is done before. */
export function killed(args: readonly string[], moment: KillMoment): Promise<KilledEnd> {
  const inside = 'at' in moment
  const node = inside ? ['--import', KILL_AT] : []
  const child = tended(
    spawn(process.execPath, [...node, CLI, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(inside && { SPROUT_TEST_KILL: JSON.stringify(moment) }) },
    }),
  )
  const timer = inside ? undefined : setTimeout(() => child.kill('SIGKILL'), moment.afterMs)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((done, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      done({ killed: signal === 'SIGKILL', code, stdout, stderr })
    })
  })
}
