import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'

/** What `read`, which must not wait for anything, finds in a run; the file is closed after it. */
export function readRun<T>(home: Home, runId: string, read: (run: RunFile) => T): T {
  const run = RunFile.openForReading(home.runFile(runId))
  try {
    return read(run)
  } finally {
    run.close()
  }
}

/** The same for work that takes its time: the file stays open until that is done. */
export async function workOnRun<T>(
  home: Home,
  runId: string,
  work: (run: RunFile) => T | Promise<T>,
): Promise<T> {
  const run = RunFile.openForReading(home.runFile(runId))
  try {
    return await work(run)
  } finally {
    run.close()
  }
}
