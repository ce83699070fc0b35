import * as fs from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { StorageTrouble } from '../../shared/domain/storageTrouble'

/** A file could not be written for a reason that may pass; what was stored before is untouched. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly kind: StorageTrouble['kind']

  constructor(kind: StorageTrouble['kind'], message: string, cause?: Error) {
    super(message, { cause })
    this.kind = kind
  }

  get trouble(): StorageTrouble {
    return { kind: this.kind, message: this.message }
  }
}

/** What an error of SQLite or of the file system means for whoever wanted to write `what` into the file `path`; null for one that is a bug. */
export function storageErrorOf(error: unknown, path: string, what: string): StorageError | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const { code } = error
  const kind = error instanceof Database.SqliteError ? kindOf(error.code) : systemKindOf(code)
  if (kind === null) return null
  return new StorageError(kind, lineOf(kind, path, what, error.message), error)
}

/** A file that was opened is not in its place any more. */
export function goneError(path: string): StorageError {
  const line = `${path} was moved, deleted or replaced while it was in use; nothing can be stored in it. Put it back.`
  return new StorageError('gone', line)
}

function kindOf(code: string): StorageTrouble['kind'] | null {
  if (/^SQLITE_(FULL|IOERR_WRITE|IOERR_SHMSIZE)/.test(code)) return 'full'
  if (code.startsWith('SQLITE_READONLY')) return 'readonly'
  if (/^SQLITE_(CANTOPEN|PERM|AUTH|IOERR_ACCESS)/.test(code)) return 'denied'
  if (/^SQLITE_(BUSY|LOCKED|IOERR_LOCK)/.test(code)) return 'locked'
  // Reading what is damaged is another matter: see `isDamage`.
  if (code.startsWith('SQLITE_IOERR') && !/READ|CORRUPTFS/.test(code)) return 'failing'
  return null
}

function systemKindOf(code: unknown): StorageTrouble['kind'] | null {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'full'
    case 'EROFS':
      return 'readonly'
    case 'EACCES':
    case 'EPERM':
      return 'denied'
    case 'EIO':
      return 'failing'
    default:
      return null
  }
}

function lineOf(kind: StorageTrouble['kind'], path: string, what: string, reason: string): string {
  const folder = dirname(path)
  switch (kind) {
    case 'full': {
      const free = freeBytes(folder)
      const left = free === null ? '' : `: ${Math.floor(free / 1e6)} MB free in ${folder}`
      return `Disk full${left}; ${what} of ${path} could not be stored. Make room.`
    }
    case 'readonly':
    case 'denied':
      return `${path} cannot be written (${reason}); ${what} could not be stored. Make the file and ${folder} writable.`
    case 'locked':
      return `${path} is locked by another program; ${what} could not be stored. Close what uses it.`
    case 'failing':
    case 'gone':
      return `${path}: ${what} could not be stored: ${reason}. Check the disk that ${folder} is on.`
    default:
      return kind satisfies never
  }
}

/** Null where this Node cannot tell. */
function freeBytes(folder: string): number | null {
  try {
    if (!('statfsSync' in fs)) return null
    const { bavail, bsize } = fs.statfsSync(folder)
    return bavail * bsize
  } catch {
    return null
  }
}
