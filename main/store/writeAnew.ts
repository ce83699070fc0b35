import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Connection } from './database'
import { keptName } from './keptName'
import { storageErrorOf } from './storageError'

/**
 * Writes a file that was deleted while `connection` had it open to its `path` again, from what the system still keeps of
 * it; it has reached the disk on return. A file that was put there since is kept beside, with its log unless
 * `logIsOurs`; answers where, null when there is none. Where it cannot be written for now, throws a `StorageError`.
 */
export function writeAnew(connection: Connection, path: string, logIsOurs: boolean): string | null {
  const unfinished = `${path}.${process.pid}.new`
  try {
    mkdirSync(dirname(path), { recursive: true })
    rmSync(unfinished, { force: true })
    connection.prepare('VACUUM INTO ?').run(unfinished)
    toDisk(unfinished, 'r+')
    const kept = existsSync(path) ? keptName(path, 'replaced') : null
    if (kept !== null) {
      if (!logIsOurs && existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${kept}-wal`)
      renameSync(path, kept)
    }
    // They would be taken for those of the new file.
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    renameSync(unfinished, path)
    if (process.platform !== 'win32') toDisk(dirname(path), 'r')
    return kept
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw storageErrorOf(error, path, 'what was in the deleted file') ?? error
  }
}

function toDisk(path: string, flags: 'r' | 'r+'): void {
  const opened = openSync(path, flags)
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
