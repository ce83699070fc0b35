import { explained } from '../../shared/domain/explanation'
import type { SettingsChange } from '../../shared/domain/settingsChange'
import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'
import { tryLockRun } from '../store/runLock'

/** Writes a note into a run that nobody trains. Throws one clear line when somebody does. */
export function addNote(home: Home, runId: string, text: string): void {
  changing(home, runId, (run) => {
    const { imagesSeen } = run.summary()
    run.recordEvent({ kind: 'note', imagesSeen, text })
  })
}

/** Changes settings of a run that nobody trains. Throws one clear line when somebody does, or for what has begun. */
export function changeSettings(home: Home, runId: string, change: SettingsChange): void {
  changing(home, runId, (run) => run.changeSettings(change, run.summary().imagesSeen))
}

/** Opens a run for writing under its lock. */
function changing(home: Home, runId: string, work: (run: RunFile) => void): void {
  const lock = tryLockRun(home.lockFile(runId))
  if (lock === null) {
    throw explained('run_in_use', { run: runId })
  }
  try {
    const run = RunFile.openForWriting(home.runFile(runId))
    try {
      work(run)
    } finally {
      run.close()
    }
  } finally {
    lock.release()
  }
}
