import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { explained } from '../../shared/domain/explanation'
import type { TrashedRun } from '../../shared/protocol/history'
import { bytesOnDisk } from './fileLook'
import { foldLog } from './database'
import type { Home } from './home'
import type { RunSummary } from '../../shared/domain/run'
import { RunFile } from './runFile'
import { tryLockRun } from './runLock'

/** How long a deleted run can be had back. */
export const TRASH_DAYS = 7
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Deleted runs of a home: whole files in a folder of their own, each moved there in one step. When a file was last
 * changed tells since when it is there.
 */
export class Trash {
  readonly #home: Home

  constructor(home: Home) {
    this.#home = home
  }

  /** Moves a run here. Throws when there is none of this id, or while it is being trained or changed. */
  put(id: string): void {
    const file = this.#home.runFile(id)
    if (!existsSync(file)) throw explained('run_unknown', { run: id })
    const lockFile = this.#home.lockFile(id)
    const lock = tryLockRun(lockFile)
    if (lock === null) {
      throw explained('run_trains_delete', {})
    }
    try {
      foldLog(file)
      mkdirSync(this.#home.trashFolder, { recursive: true })
      const now = new Date()
      // Before it moves, so that no crash leaves a file here that looks as if it had lain for long.
      utimesSync(file, now, now)
      renameSync(file, this.#home.trashedFile(id))
      for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
    } finally {
      lock.release()
    }
    rmSync(lockFile, { force: true })
  }

  /** Puts a run back in its place. Throws when it is not here, or another of its id has come meanwhile. */
  restore(id: string): void {
    const [from, to] = [this.#home.trashedFile(id), this.#home.runFile(id)]
    if (!existsSync(from)) throw explained('run_not_in_trash', { run: id })
    if (existsSync(to)) throw explained('run_exists', { file: to })
    renameSync(from, to)
  }

  /** What is here, newest first. */
  list(): TrashedRun[] {
    return this.#files()
      .map((file) => ({
        runId: basename(file, '.sqlite'),
        name: nameOf(file),
        diskBytes: bytesOnDisk(file),
        trashedAt: statSync(file).mtimeMs,
      }))
      .sort((a, b) => b.trashedAt - a.trashedAt)
  }

  /** The runs here that can be read, with the datasets that they would need again. */
  runs(): { name: string; datasetId: string }[] {
    return this.#files().flatMap((file) => {
      const run = summaryIn(file)
      return run === null ? [] : [{ name: run.name, datasetId: run.datasetId }]
    })
  }

  /** Removes what came here at least `days` ago, for good. */
  empty(days = 0): void {
    const before = Date.now() - days * DAY_MS
    for (const file of this.#files()) {
      if (statSync(file).mtimeMs > before) continue
      for (const suffix of ['-wal', '-shm', '']) rmSync(file + suffix, { force: true })
    }
  }

  #files(): string[] {
    const { trashFolder } = this.#home
    if (!existsSync(trashFolder)) return []
    return readdirSync(trashFolder)
      .filter((name) => name.endsWith('.sqlite'))
      .map((name) => join(trashFolder, name))
  }
}

/** A file that cannot be read is listed by its id. */
function nameOf(file: string): string {
  return summaryIn(file)?.name ?? basename(file, '.sqlite')
}

function summaryIn(file: string): Pick<RunSummary, 'name' | 'datasetId'> | null {
  try {
    const run = RunFile.openForReading(file)
    try {
      return run.summary()
    } finally {
      run.close()
    }
  } catch {
    return null
  }
}
