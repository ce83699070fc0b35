import { existsSync, renameSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import Database from 'better-sqlite3'
import * as v from 'valibot'
import { because, explained, ExplainedError } from '../../shared/domain/explanation'
import { StorageError, storageErrorOf } from './storageError'

/** An open SQLite database. */
export type Connection = Database.Database

/** One of Sprout's kinds of file. */
export type FileKind = {
  /** For messages: "run", "dataset". */
  readonly what: string
  /** Stored in the file's header, so that any tool (and Sprout) can tell what the file is. */
  readonly applicationId: number
  /** SQL that leads from format i to format i + 1; a file of format n has had the first n. */
  readonly migrations: readonly string[]
}

/** Bytes that the write-ahead log shrinks back to once a large checkpoint went through it. */
const WAL_BYTES_KEPT = 64 << 20

/**
 * Creates a file of the newest format, filled by `fill`, and opens it. It gets its name only once it is whole,
 * so that a crash leaves no half-made file in a list. Throws when `path` exists.
 */
export function createDatabase(
  path: string,
  kind: FileKind,
  fill: (connection: Connection) => void,
): Connection {
  if (existsSync(path)) throw new Error(`${path} exists already; it was not overwritten.`)
  const unfinished = `${path}.${process.pid}.new`
  const remove = () => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true })
  }
  remove()
  try {
    make(unfinished, path, kind, fill)
    renameSync(unfinished, path)
  } catch (error) {
    remove()
    // An upgrade that failed tells of it in its own words.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw storageErrorOf(cause, path, 'a new file') ?? error
  }
  return openDatabase(path, kind, 'write')
}

function make(
  unfinished: string,
  path: string,
  kind: FileKind,
  fill: (connection: Connection) => void,
): void {
  const connection = new Database(unfinished)
  try {
    connection.pragma('journal_mode = WAL')
    connection.pragma('trusted_schema = OFF')
    connection.pragma(`application_id = ${kind.applicationId}`)
    migrate(connection, kind, path)
    connection.transaction(() => fill(connection))()
  } finally {
    connection.close()
  }
}

/**
 * Opens a file of `kind`, bringing an older format up to date first. Throws one clear line, naming the file,
 * when it is missing, damaged, foreign, or of a newer format than this version knows.
 */
export function openDatabase(path: string, kind: FileKind, mode: 'read' | 'write'): Connection {
  if (!existsSync(path)) throw explained('file_missing', { file: path })
  let connection: Connection | null = null
  try {
    // Readers, too, open it for writing: the last one to close then folds the log of a crashed writer into the
    // file, where a read-only connection would leave `-wal` and `-shm` files lying beside it.
    connection = new Database(path, { fileMustExist: true })
    connection.pragma('trusted_schema = OFF')
    checkHeader(connection, kind, path)
    connection.pragma('journal_mode = WAL')
    connection.pragma('synchronous = NORMAL')
    connection.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`)
    migrate(connection, kind, path)
    if (mode === 'read') connection.pragma('query_only = ON')
    return connection
  } catch (error) {
    connection?.close()
    if (isNonsense(error)) throw new DamagedFileError(path, error)
    throw storageErrorOf(error, path, 'what opening it takes') ?? error
  }
}

/** A file is none of Sprout's, or its beginning was lost. */
export class ForeignFileError extends ExplainedError {
  override readonly name = 'ForeignFileError'

  constructor(path: string, what: string) {
    super(because('file_foreign', { file: path, kind: what }))
  }
}

/** A file is of a format that this Sprout does not know yet: nothing is wrong with it, but it is not to be touched. */
export class NewerFileError extends ExplainedError {
  override readonly name = 'NewerFileError'

  constructor(path: string, version: number, newest: number) {
    super(because('file_newer', { file: path, version, newest }))
  }
}

/** Bytes of a file are not what they should be; the message names it and what can be done, in one line. */
export class DamagedFileError extends ExplainedError {
  override readonly name = 'DamagedFileError'
  readonly path: string

  constructor(path: string, cause: Error) {
    const id = basename(path, '.sqlite')
    super(because('file_damaged', { file: path, detail: cause.message, id }), { cause })
    this.path = path
  }
}

/** Runs `work`, which reads a file; what a damage of the file `path` brings about is thrown as that. */
export function reading<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (isNonsense(error)) throw new DamagedFileError(path, error)
    throw error
  }
}

/** Folds a file's write-ahead log into it, so that it is whole by itself. Throws while others use the file. */
export function foldLog(path: string): void {
  if (!existsSync(`${path}-wal`)) return
  const connection = new Database(path, { fileMustExist: true })
  try {
    const [answer] = connection.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (answer?.busy !== 0) throw explained('file_in_use', { file: path })
  } finally {
    connection.close()
  }
}

/** True for what a file brings about whose bytes are readable and make no sense: tables that are not there, odd values. */
export function isNonsense(error: unknown): error is Error {
  if (error instanceof Database.SqliteError) return error.code === 'SQLITE_ERROR' || isDamage(error)
  return (
    error instanceof SyntaxError ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof v.ValiError
  )
}

/** True for SQLite's ways to say that a file's bytes are not what they should be. */
export function isDamage(error: unknown): error is Error {
  if (!(error instanceof Database.SqliteError)) return false
  if (error.message === 'malformed JSON') return true
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_READ|IOERR_SHORT_READ|IOERR_CORRUPTFS)/.test(error.code)
}

/**
 * Runs `work`, which writes `what` into the file `path`. Where that cannot be done for now, as on a full disk, throws a
 * {@link StorageError}; where the file is damaged, a {@link DamagedFileError}.
 */
export function writing<T>(path: string, what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (isDamage(error)) throw new DamagedFileError(path, error)
    throw storageErrorOf(error, path, what) ?? error
  }
}

/** True when another connection holds the file, and stayed for longer than we were ready to wait. */
export function isBusy(error: unknown): boolean {
  if (error instanceof StorageError) return error.kind === 'locked'
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

/** Throws unless the file is one of `kind`, of a format that this version knows. */
export function checkHeader(connection: Connection, kind: FileKind, path: string): void {
  let applicationId: unknown
  try {
    applicationId = connection.pragma('application_id', { simple: true })
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || error.code !== 'SQLITE_NOTADB') throw error
  }
  if (applicationId !== kind.applicationId) {
    throw new ForeignFileError(path, kind.what)
  }
  const version = formatOf(connection)
  const newest = kind.migrations.length
  if (version > newest) throw new NewerFileError(path, version, newest)
}

/** How many migrations a file has had. */
export function formatOf(connection: Connection): number {
  return connection.pragma('user_version', { simple: true }) as number
}

function migrate(connection: Connection, kind: FileKind, path: string): void {
  if (formatOf(connection) === kind.migrations.length) return
  kind.migrations.forEach((sql, from) => {
    const upgrade = connection.transaction(() => {
      // Asked inside the transaction: another process may have been first.
      if (formatOf(connection) > from) return
      connection.exec(sql)
      connection.pragma(`user_version = ${from + 1}`)
    })
    try {
      upgrade.immediate()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const formats = { from: `${from}`, to: `${from + 1}` }
      throw explained(
        'file_not_upgraded',
        { file: path, ...formats, detail: reason },
        { cause: error },
      )
    }
  })
}
