import * as v from 'valibot'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Catalog } from '../../main/store/catalog'
import type { Home } from '../../main/store/home'
import { importRun } from '../../main/store/importRun'
import { RunFile } from '../../main/store/runFile'
import { RunSummarySchema } from '../../shared/domain/run'
import { TrainEventSchema } from '../../shared/domain/trainEvent'
import { HostileRuns, soundRun, TRACE } from './runFiles'

/** What became of many hostile run files. */
export type RunTally = {
  tried: number
  /** Taken in: what was wrong with them, if anything, is nothing that hurts. */
  taken: number
  /** How often each reason was given, names and numbers left out. */
  reasons: Map<string, number>
  slowestMs: number
}

/**
 * Imports `count` hostile run files of a seed. Throws when a refusal is not one clear line about the file, when anything
 * is left behind, or when a run that was taken in cannot be listed and shown in full.
 */
export async function tryRunFiles(home: Home, seed: number, count: number): Promise<RunTally> {
  const sound = soundRun(home, `sound-${seed}`)
  const runs = new HostileRuns(sound, join(home.folder, `hostile-${seed}.sprout`), seed)
  const tally: RunTally = { tried: 0, taken: 0, reasons: new Map(), slowestMs: 0 }
  const before = readdirSync(home.runsFolder).sort()
  const newId = () => `taken-${seed}-${tally.tried}`
  for (let i = 0; i < count; i++) {
    const { how, file } = runs.next()
    const began = performance.now()
    const what = `${i} of seed ${seed} (${how})`
    let taken: string | null = null
    try {
      taken = (await importRun(home, file, newId)).runId
    } catch (error) {
      const line = error instanceof Error ? error.message : String(error)
      if (!line.includes(file) || /\n/.test(line) || line.length > 1000) {
        throw new Error(`${what}: no clear line: ${line}`, { cause: error })
      }
      const reason = line
        .replaceAll(file, 'FILE')
        .replaceAll(/[\d"]+/g, '#')
        .slice(0, 70)
      tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1)
    }
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - began)
    tally.tried++
    if (taken !== null) {
      tally.taken++
      try {
        look(home, taken)
      } catch (error) {
        throw new Error(`${what}: taken in, and cannot be shown: ${String(error)}`, {
          cause: error,
        })
      }
      for (const suffix of ['', '-wal', '-shm'])
        rmSync(home.runFile(taken) + suffix, { force: true })
    }
    const after = readdirSync(home.runsFolder).sort()
    if (after.join() !== before.join()) throw new Error(`${what}: left behind ${after.join(', ')}`)
  }
  return tally
}

/** Reads all that a window shows of a run. */
function look(home: Home, id: string): void {
  const catalog = Catalog.open(home)
  try {
    const summary = v.parse(RunSummarySchema, catalog.findRun(id))
    if (summary.imagesSeen === TRACE) throw new Error('a trigger ran')
  } finally {
    catalog.close()
  }
  const run = RunFile.openForReading(home.runFile(id))
  try {
    v.parse(v.array(TrainEventSchema), run.eventsAfter(0, 1000))
    run.curve(0, Number.MAX_SAFE_INTEGER, 100)
    run.mosaics()
    run.storedCheckpoints()
    run.favourites.list()
    for (const { at } of run.ticks()) new Date(at).toISOString()
    for (const { id: checkpoint } of run.checkpoints()) run.loadCheckpoint(checkpoint)
  } finally {
    run.close()
  }
}
