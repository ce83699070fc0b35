import { randomUUID } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { createDatabase, formatOf, type Connection, type FileKind } from './database'
import { keptName } from './keptName'

/** A row of a damaged table; `rowId` says which. */
export type SalvagedRow = { rowId: number; [column: string]: unknown }

/** More rows than a page holds: after so many failures in a row, larger and larger steps are taken. */
const PAGE_ROWS = 400
/** Larger than any rowid that Sprout gives: a resolution times 2^32. */
const LAST_PLACE = 2 ** 44
/** Where in SQLite's header the count of changes, of pages, the list of free pages and the version it is valid for stand. */
const HEADER = { pageBytes: 16, changes: 24, pages: 28, free: 32, validFor: 92 }

/**
 * Gives every row of a table that can still be read to `take`, from its beginning as far as it goes, then around what
 * is damaged, then from its end. `places` are the first and last rowid that may be there.
 */
export function salvageRows(
  connection: Connection,
  table: string,
  columns: readonly string[],
  take: (row: SalvagedRow) => void,
  places: readonly [from: number, to: number] = [0, LAST_PLACE],
): void {
  const list = ['rowid AS rowId', ...columns].join(', ')
  const read = (order: 'ASC' | 'DESC') =>
    connection.prepare<[number, number], SalvagedRow>(
      `SELECT ${list} FROM ${table} WHERE rowid BETWEEN ? AND ? ORDER BY rowid ${order}`,
    )
  const upwards = attempt(() => read('ASC'))
  if (upwards === null) return
  let [low, high] = places
  /** The last row that was read upwards. */
  let reached = low - 1
  for (let failures = 0; low <= high;) {
    const done = readOn(upwards.iterate(low, high), (row) => {
      // SQLite trusts the order of rows, which a damage may have changed.
      if (row.rowId < low || row.rowId > high) return false
      take(row)
      reached = row.rowId
      low = row.rowId + 1
      failures = 0
      return true
    })
    if (done) break
    low += stepAfter(failures++)
  }
  if (low <= high && reached >= high) return
  const downwards = read('DESC')
  for (let failures = 0; high > reached;) {
    const done = readOn(downwards.iterate(reached + 1, high), (row) => {
      if (row.rowId <= reached || row.rowId > high) return false
      take(row)
      high = row.rowId - 1
      failures = 0
      return true
    })
    if (done) return
    high -= stepAfter(failures++)
  }
}

function stepAfter(failures: number): number {
  return 2 ** Math.max(0, failures - PAGE_ROWS)
}

/**
 * Takes rows until there are no more, or one cannot be read or `take` has no use for it: then false. What `take` throws
 * is thrown on.
 */
function readOn(rows: IterableIterator<SalvagedRow>, take: (row: SalvagedRow) => boolean): boolean {
  try {
    for (;;) {
      const next = attempt(() => rows.next())
      if (next === null) return false
      if (next.done) return true
      if (!take(next.value)) return false
    }
  } finally {
    // An open one would keep the connection from anything else.
    attempt(() => rows.return?.())
  }
}

/** What `work` answers; null when SQLite cannot do it. */
export function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof Database.SqliteError || error instanceof RangeError) return null
    throw error
  }
}

/** Copies the rows that `accept` takes to a table of the same name; what breaks a rule of that one is left out, too. */
export function copyRows(
  from: Connection,
  to: Connection,
  table: string,
  accept: (row: SalvagedRow) => boolean,
  places?: readonly [from: number, to: number],
): void {
  const columns = (to.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
  const insert = to.prepare(
    `INSERT OR IGNORE INTO ${table} (${columns.join(', ')})
     VALUES (${columns.map((column) => `:${column}`).join(', ')})`,
  )
  const take = (row: SalvagedRow) => {
    if (!accept(row)) return
    const { rowId: _, ...values } = row
    insertSound(() => insert.run(values))
  }
  salvageRows(from, table, columns, take, places)
}

/** Leaves out what breaks a rule of the table; anything else, as a full disk, is thrown. */
export function insertSound(insert: () => void): void {
  try {
    insert()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!code.startsWith('SQLITE_CONSTRAINT')) throw error
  }
}

export function hasTable(connection: Connection, name: string): boolean {
  return (connection.pragma(`table_info(${name})`) as unknown[]).length > 0
}

/** A copy of a damaged file, opened for reading what is left. */
export type Wreck = {
  readonly connection: Connection
  /** Migrations that its tables had. */
  readonly format: number
  close(): void
}

/**
 * Opens copies of a damaged file until `readable` is content with one: as it is, without its log, and with its first
 * page (the header, and where each table begins) put back as new files have it. The file itself is only read. Null
 * when none will do.
 */
export function openWreck(
  path: string,
  kind: FileKind,
  readable: (connection: Connection) => boolean,
): Wreck | null {
  const newest = kind.migrations.length
  const formats = Array.from({ length: newest }, (_, i) => newest - i)
  const ways: { log: boolean; firstPageOf: number | null }[] = [
    { log: true, firstPageOf: null },
    { log: false, firstPageOf: null },
    ...formats.map((firstPageOf) => ({ log: false, firstPageOf })),
  ]
  for (const { log, firstPageOf } of ways) {
    if (!log && firstPageOf === null && !existsSync(`${path}-wal`)) continue
    const copy = join(dirname(path), `.repair-${process.pid}-${randomUUID()}`)
    const remove = () => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
    }
    copyFileSync(path, copy)
    if (log && existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
    if (firstPageOf !== null && !giveFirstPage(copy, kind, firstPageOf)) {
      remove()
      continue
    }
    const connection = attempt(() => new Database(copy, { fileMustExist: true }))
    if (connection !== null) {
      const format = attempt(() => {
        connection.pragma('trusted_schema = OFF')
        return formatOf(connection)
      })
      const known = format !== null && format >= 1 && format <= newest
      if (known && attempt(() => readable(connection)) === true) {
        const close = () => {
          connection.close()
          remove()
        }
        return { connection, format, close }
      }
      connection.close()
    }
    remove()
  }
  return null
}

/** Writes over a file's first page with that of a new file of a format; false when the file is too short for one. */
function giveFirstPage(file: string, kind: FileKind, format: number): boolean {
  const template = `${file}-0`
  try {
    const older = { ...kind, migrations: kind.migrations.slice(0, format) }
    createDatabase(template, older, () => undefined).close()
    const bytes = readFileSync(template)
    const pageBytes = bytes.readUInt16BE(HEADER.pageBytes)
    const pages = Math.floor(statSync(file).size / pageBytes)
    if (pages < 2) return false
    const page = bytes.subarray(0, pageBytes)
    page.writeUInt32BE(1, HEADER.changes)
    page.writeUInt32BE(1, HEADER.validFor)
    page.writeUInt32BE(pages, HEADER.pages)
    page.writeUInt32BE(0, HEADER.free)
    page.writeUInt32BE(0, HEADER.free + 4)
    const opened = openSync(file, 'r+')
    try {
      writeSync(opened, page, 0, page.length, 0)
    } finally {
      closeSync(opened)
    }
    return true
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(template + suffix, { force: true })
  }
}

/**
 * Puts a repaired file in the damaged one's place. That one is kept beside, with its log; answers where. Whatever
 * happens in between, it is in one of the two places.
 */
export function replaceDamaged(path: string, repaired: string): string {
  const kept = keptName(path, 'damaged')
  copyFileSync(path, kept)
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${kept}-wal`)
  // The log first: it would be taken for the log of the new file.
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
  renameSync(repaired, path)
  return kept
}
