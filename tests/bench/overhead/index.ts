import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { physicalCores } from '../../../main/runtime/devices'
import type { Resolution } from '../../../shared/domain/resolution'
import { median } from '../median'
import { option } from '../option'
import { percent } from '../percent'
import { cpuPerImage, timeByTurns, type Speed } from '../turns/timeByTurns'
import { prepareRun, resumeRun } from '../turns/training'
import { runBare, startBare } from './bare'

/**
 * What the training loop costs beside its steps: images/s and CPU time per image of `sprout resume` of a run of the
 * sample pictures, with ticks, mosaics, checkpoints and quality as often as they are by default, beside the bare step
 * of the same run with the same kernels, by turns of a few seconds. Linux only.
 *
 * usage: overhead [--sizes 8,16,32] [--rounds 3] [--checkpoints 2]
 */
const PRESET = 'small'
/** Turns of the loop and of the bare step. */
const TURN_SECONDS = [15, 5] as const
/** The loop stands still for a quarter of the time, and its checkpoints come by the clock: 60 s of its own time apart. */
const CHECKPOINT_SECONDS = (60 * (TURN_SECONDS[0] + TURN_SECONDS[1])) / TURN_SECONDS[0]
const CHECKPOINTS = Number(option('checkpoints', '2'))

async function compare(resolution: Resolution): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'sprout-overhead-'))
  try {
    const settings = ['--preset', PRESET, '--checkpoint-seconds', `${CHECKPOINT_SECONDS}`]
    const runId = await prepareRun(home, resolution, settings)
    const rounds: [Speed, Speed][] = []
    while (rounds.length < Number(option('rounds', '3'))) rounds.push(await round(home, runId))
    return row(resolution, rounds)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

async function round(home: string, runId: string): Promise<[Speed, Speed]> {
  const bare = await startBare(home, runId)
  const loop = resumeRun(home, runId)
  try {
    await loop.party.warm()
    const isDone = (begun: number) => loop.party.trained(CHECKPOINTS, begun)
    return await timeByTurns([loop.party, bare.party], TURN_SECONDS, isDone)
  } finally {
    await Promise.all([loop.end(), bare.end()])
  }
}

function row(resolution: Resolution, rounds: readonly [Speed, Speed][]): string {
  const shares = rounds.map(([loop, step]) => loop.imagesPerSecond / step.imagesPerSecond)
  const middle = (of: (speed: Speed) => number, which: 0 | 1) =>
    median(rounds.map((speeds) => of(speeds[which])))
  const speed = ({ imagesPerSecond }: Speed) => imagesPerSecond
  const cells = [`${resolution}`, middle(speed, 0).toFixed(1), middle(speed, 1).toFixed(1)]
  cells.push(percent(median(shares)), shares.map((share) => percent(share)).join(', '))
  cells.push(middle(cpuPerImage, 0).toFixed(2), middle(cpuPerImage, 1).toFixed(2))
  cells.push(percent(median(rounds.map(([loop, step]) => cpuPerImage(step) / cpuPerImage(loop)))))
  return `| ${cells.join(' | ')} |`
}

async function main(): Promise<void> {
  const [, , mode, home, runId] = process.argv
  if (mode === 'bare') return runBare(home!, runId!)
  console.log(`preset ${PRESET}, batch 16, wgan-gp, ${physicalCores()} threads; medians\n`)
  console.log(
    '| px | loop images/s | step images/s | share | of each round | loop CPU ms/image | step | share |',
  )
  console.log('| ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |')
  for (const size of option('sizes', '8,16,32').split(',').map(Number)) {
    console.log(await compare(size as Resolution))
  }
}

void main()
