import { existsSync, mkdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { fileNameFor, RUN_EXTENSION } from '../../shared/domain/fileName'
import type { Home } from './home'
import { copyRun, type CopyWatch } from './snapshot'

/**
 * Copies a run's file to where it can be dragged from, and answers the copy's path. A folder of its own for each run
 * lets the copy have the run's name. A copy that is as new as the run is taken as it is.
 */
export async function copyForDrag(
  home: Home,
  run: { readonly id: string; readonly name: string },
  watch: CopyWatch = {},
): Promise<string> {
  const from = home.runFile(run.id)
  const changedAt = lastChange(from)
  const folder = join(home.copiesFolder, run.id)
  const file = join(folder, `${fileNameFor(run.name, 'run')}.${RUN_EXTENSION}`)
  if (existsSync(file) && statSync(file).mtimeMs >= changedAt) return file
  // An older copy, perhaps under an older name.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await copyRun(from, file, watch)
  // What was written to the run while it was copied is not in the copy.
  utimesSync(file, new Date(), new Date(Math.ceil(changedAt)))
  return file
}

/** Removes all copies: whoever dragged one has taken it by the next start. */
export function dropDragCopies(home: Home): void {
  rmSync(home.copiesFolder, { recursive: true, force: true })
}

/** When a run's file last changed, in milliseconds since 1970; new rows stand in its log first. */
function lastChange(file: string): number {
  const times = [file, `${file}-wal`]
    .filter((each) => existsSync(each))
    .map((each) => statSync(each).mtimeMs)
  return Math.max(...times)
}
