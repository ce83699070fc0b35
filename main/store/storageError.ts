import * as fs from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { because, ExplainedError, type Explanation } from '../../shared/domain/explanation'
import type { StorageTrouble } from '../../shared/domain/storageTrouble'

/** A file could not be written for a reason that may pass; what was stored before is untouched. */
export class StorageError extends ExplainedError {
  override readonly name = 'StorageError'
  readonly kind: StorageTrouble['kind']

  constructor(kind: StorageTrouble['kind'], why: Explanation, cause?: Error) {
    super(why, { cause })
    this.kind = kind
  }

  get trouble(): StorageTrouble {
    return { kind: this.kind, message: this.message, why: this.why }
  }
}

/** What an error of SQLite or of the file system means for whoever wanted to write `what` into the file `path`; null for one that is a bug. */
export function storageErrorOf(error: unknown, path: string, what: string): StorageError | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const { code } = error
  const kind = error instanceof Database.SqliteError ? kindOf(error.code) : systemKindOf(code)
  if (kind === null) return null
  return new StorageError(kind, whyOf(kind, path, what, error.message), error)
}

/** A file that was opened is not in its place any more. */
export function goneError(path: string): StorageError {
  return new StorageError('gone', because('file_gone', { file: path }))
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

function whyOf(
  kind: StorageTrouble['kind'],
  file: string,
  what: string,
  detail: string,
): Explanation {
  const folder = dirname(file)
  switch (kind) {
    case 'full': {
      const free = freeBytes(folder)
      return free === null
        ? because('disk_full', { what, file })
        : because('disk_full_left', { free: Math.floor(free / 1e6), folder, what, file })
    }
    case 'readonly':
    case 'denied':
      return because('file_readonly', { file, detail, what, folder })
    case 'locked':
      return because('file_locked', { file, what })
    case 'failing':
    case 'gone':
      return because('disk_failing', { file, what, detail, folder })
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
