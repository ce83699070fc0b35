import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { explained } from '../../shared/domain/explanation'
import { isBusy, type Connection } from './database'
import { Place } from './place'

/** A run (or dataset) held by this process. */
export type RunLock = {
  /** Takes the lock anew where its file was deleted meanwhile; false when another process was quicker. */
  keep(): boolean
  release(): void
}

/** Longer than a look of {@link isRunLocked} takes, so that one does not look like a holder. */
const LOCK_WAIT_MS = 300

/**
 * Takes the lock for this process, or answers null while another holds it. It is an open SQLite transaction on
 * a file of its own: the operating system lets go of it however the process ends, so no stale lock can stay.
 */
export function tryLockRun(lockFile: string): RunLock | null {
  const connection = new Database(lockFile, { timeout: LOCK_WAIT_MS })
  try {
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection.close()
    if (isBusy(error)) return null
    const reason = error instanceof Error ? error.message : String(error)
    throw explained('lock_unusable', { file: lockFile, detail: reason }, { cause: error })
  }
  return holdOf(connection, lockFile)
}

function holdOf(connection: Connection, lockFile: string): RunLock {
  const place = new Place(lockFile)
  let later: RunLock | null = null
  return {
    keep() {
      if (later !== null) return later.keep()
      if (place.isThere) return true
      later = tryLockRun(lockFile)
      return later !== null
    },
    release() {
      later?.release()
      connection.close()
    },
  }
}

/** Whether some process, this one included, holds the lock. */
export function isRunLocked(lockFile: string): boolean {
  if (!existsSync(lockFile)) return false
  const connection = new Database(lockFile, { timeout: 0 })
  try {
    // Any read needs the shared lock, which an exclusive holder refuses.
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    connection.close()
  }
}
