import { basename, join } from 'node:path'
import { expect } from 'vitest'
import { Catalog } from '../../main/store/catalog'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { finalBits } from '../trainer/sameBits'
import { linesOf, sprout } from '../cli/sprout'
import { drawPictures } from './drawPictures'
import { anyMoment, Chance, killed, TRAINING_MOMENTS } from './kills'

/** A schedule with every kind of boundary: 4 px, a fade to 8 px and 8 px. */
const SETTINGS = (
  '--preset tiny --to 8 --seed 5 --channels 3 --stable-images 128 --fade-images 256 ' +
  '--tick-images 64 --mosaic-images 128 --checkpoint-seconds 0.1'
).split(' ')
/** Longest life of a process that is killed by the clock, in milliseconds: most of them are training by then. */
const MOST_MS = 2000

/** What many kills did. */
export type KillCount = {
  kills: number
  /** How often the process was killed at each kind of moment. */
  moments: Record<string, number>
  /** Runs that were trained to their end. */
  runs: number
  /** Most images that had to be trained again after one kill. */
  mostImagesLost: number
}

/**
 * Kills trainings until `kills` processes were killed: each run is resumed and killed again and again, then let
 * finish. After each kill the run must open, verify and stand at a checkpoint; in the end it must have the bits of a
 * run that nobody killed. `tell` hears of the figures after each run.
 */
export async function killTrainings(
  folder: string,
  kills: number,
  seed: number,
  tell: (line: string) => void = () => undefined,
): Promise<KillCount> {
  const where = ['--home', folder, '--json']
  const chance = new Chance(seed)
  const pictures = join(folder, 'pictures')
  await drawPictures(pictures, 64)
  const train = ['train', '--data', pictures, ...SETTINGS]
  const uninterrupted = await sprout(...train, ...where)
  expect(uninterrupted.stderr).toBe('')
  const bits = finalBits(fileOf(folder, linesOf(uninterrupted).at(-1)!.runId as string))
  const count: KillCount = { kills: 0, moments: {}, runs: 0, mostImagesLost: 0 }
  while (count.kills < kills) {
    let runId: string | null = null
    const most = count.kills + 4 + chance.whole(8)
    while (count.kills < Math.min(most, kills)) {
      const { name, moment } = anyMoment(chance, TRAINING_MOMENTS, MOST_MS)
      const args: readonly string[] = runId === null ? train : ['resume', runId]
      const end = await killed([...args, ...where], moment)
      const hint = `kill ${count.kills + 1} of seed ${seed}, ${name} ${JSON.stringify(moment)}: ${end.stderr}`
      expect(end.stderr, hint).toBe('')
      runId ??= newestRun(folder)
      if (!end.killed) {
        expect(end.code, hint).toBe(0)
        break
      }
      count.kills++
      count.moments[name] = (count.moments[name] ?? 0) + 1
      if (runId !== null) {
        const lost = checkKilled(folder, runId, hint)
        count.mostImagesLost = Math.max(count.mostImagesLost, lost)
      }
    }
    if (runId === null) continue
    const finished = await sprout('resume', runId, ...where)
    expect(finished.stderr).toBe('')
    expect(finalBits(fileOf(folder, runId)), `seed ${seed}, run ${runId}`).toEqual(bits)
    count.runs++
    tell(JSON.stringify(count))
  }
  return count
}

const fileOf = (folder: string, runId: string) => openHome(folder).runFile(runId)

/** The run that was made last and is not finished, which is the one that was killed; null while it was not made yet. */
function newestRun(folder: string): string | null {
  const catalog = Catalog.open(openHome(folder))
  try {
    expect(catalog.problems()).toEqual([])
    return catalog.listRuns().find(({ state }) => state !== 'finished')?.id ?? null
  } finally {
    catalog.close()
  }
}

/** A killed run opens, is whole, and stands at a checkpoint or at its very beginning; answers the images that are lost. */
function checkKilled(folder: string, runId: string, hint: string): number {
  const catalog = Catalog.open(openHome(folder))
  expect(catalog.problems(), hint).toEqual([])
  expect(['new', 'interrupted', 'paused', 'finished'], hint).toContain(catalog.findRun(runId).state)
  catalog.close()
  const run = RunFile.openForReading(fileOf(folder, runId))
  try {
    const report = run.verify()
    expect(report.fileIntact, hint).toBe(true)
    expect(
      report.checkpoints.flatMap(({ problems }) => problems),
      hint,
    ).toEqual([])
    expect(run.summary().id, hint).toBe(basename(run.path, '.sqlite'))
    const { checkpoint, problems } = run.loadNewestGoodCheckpoint()
    expect(problems, hint).toEqual([])
    return run.summary().imagesSeen - (checkpoint?.info.imagesSeen ?? 0)
  } finally {
    run.close()
  }
}
