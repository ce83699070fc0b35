import { explained } from '../../shared/domain/explanation'
import type { RunChanges } from '../../shared/domain/run'
import { isBusy } from '../store/database'
import { RunFile } from '../store/runFile'

/** Longest wait in one go, milliseconds: others are answered in between. */
const WAIT_MS = 50
/** Milliseconds between two tries. */
const PAUSE_MS = 100
/** Longer than a large checkpoint takes to be saved, milliseconds. */
const PATIENCE_MS = 30_000

/**
 * Changes what is said of the run in `file`, also while it trains: its trainer writes in bursts, between which there is
 * room. Throws one clear line when there was none for half a minute.
 */
export async function updateDetails(file: string, changes: RunChanges): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    const run = RunFile.openForWriting(file)
    try {
      run.setDetails(changes, WAIT_MS)
      return
    } catch (error) {
      if (!isBusy(error)) throw error
      if (performance.now() > giveUpAt) {
        throw explained('run_writing', { file }, { cause: error })
      }
    } finally {
      run.close()
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
