import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { because, ExplainedError } from '../../shared/domain/explanation'
import { removeLeftovers } from './leftovers'

/** The one folder in which Sprout keeps everything, and the paths of what is in it. */
export type Home = {
  readonly folder: string
  readonly catalogFile: string
  readonly runsFolder: string
  readonly datasetsFolder: string
  /** Deleted runs, until they are removed for good; made when the first is deleted. */
  readonly trashFolder: string
  /** Copies of run files that are dragged out of the window; made when the first is. */
  readonly copiesFolder: string
  runFile(id: string): string
  /** Held by the process that trains the run; see `runLock.ts`. Never opened except through SQLite. */
  lockFile(id: string): string
  trashedFile(id: string): string
  datasetFile(id: string): string
  /** Held by the process that prepares the dataset. */
  datasetLockFile(id: string): string
}

/** The home folder cannot be used; the message says why and what to do, in one line. */
export class UnusableHomeError extends ExplainedError {
  override readonly name = 'UnusableHomeError'
}

/**
 * Creates `folder` with `runs/` and `datasets/` where missing. Throws an {@link UnusableHomeError} when it
 * cannot be written, found out by writing: permission bits do not tell of full or read-only disks. What killed
 * processes left half-made is removed.
 */
export function openHome(folder: string): Home {
  const runsFolder = join(folder, 'runs')
  const datasetsFolder = join(folder, 'datasets')
  const trashFolder = join(folder, 'trash')
  try {
    for (const needed of [runsFolder, datasetsFolder]) {
      mkdirSync(needed, { recursive: true })
      probe(join(needed, `.write-test-${process.pid}`))
    }
    for (const each of [folder, runsFolder, datasetsFolder]) removeLeftovers(each)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UnusableHomeError(because('home_unusable', { folder, detail: reason }))
  }
  return {
    folder,
    catalogFile: join(folder, 'catalog.sqlite'),
    runsFolder,
    datasetsFolder,
    trashFolder,
    copiesFolder: join(folder, 'copies'),
    runFile: (id) => join(runsFolder, `${checkedId(id, 'run')}.sqlite`),
    lockFile: (id) => join(runsFolder, `${checkedId(id, 'run')}.lock`),
    trashedFile: (id) => join(trashFolder, `${checkedId(id, 'run')}.sqlite`),
    datasetFile: (id) => join(datasetsFolder, `${checkedId(id, 'dataset')}.sqlite`),
    datasetLockFile: (id) => join(datasetsFolder, `${checkedId(id, 'dataset')}.lock`),
  }
}

/** Tries to write. A full disk is no reason to refuse a folder: what is there can be looked at, and room be made. */
function probe(file: string): void {
  try {
    writeFileSync(file, 'Sprout can write here.')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
  } finally {
    rmSync(file, { force: true })
  }
}

/** An id becomes part of a path, so one that could lead elsewhere is none of ours. */
function checkedId(id: string, what: string): string {
  if (!/^[\w-][\w.-]*$/.test(id)) throw new Error(`There is no ${what} ${JSON.stringify(id)}.`)
  return id
}
