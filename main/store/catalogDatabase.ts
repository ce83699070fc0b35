import { rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import {
  createDatabase,
  DamagedFileError,
  ForeignFileError,
  NewerFileError,
  openDatabase,
  type Connection,
} from './database'
import { CATALOG_FILE } from './fileKinds'

/**
 * Opens the catalog's database, or makes a new one where `file` is missing, damaged or of a newer Sprout. Where it cannot
 * be written, as on a full disk, it is kept in memory.
 */
export function openCatalog(file: string): Connection {
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) createCatalog(file)
    return openDatabase(file, CATALOG_FILE, 'write')
  } catch (error) {
    const useless = [DamagedFileError, ForeignFileError, NewerFileError].some(
      (kind) => error instanceof kind,
    )
    return (useless ? madeAnew(file) : null) ?? inMemory()
  }
}

/** A new catalog in place of one that turned out to be damaged. */
export function catalogAnew(file: string): Connection {
  removeCatalog(file)
  return openCatalog(file)
}

/** A new catalog in place of a file that is of no use; null where none can be made. */
function madeAnew(file: string): Connection | null {
  try {
    removeCatalog(file)
    createCatalog(file)
    return openDatabase(file, CATALOG_FILE, 'write')
  } catch {
    return null
  }
}

function createCatalog(file: string): void {
  createDatabase(file, CATALOG_FILE, () => undefined).close()
}

function removeCatalog(file: string): void {
  for (const suffix of ['-wal', '-shm', '']) rmSync(file + suffix, { force: true })
}

function inMemory(): Connection {
  const connection = new Database(':memory:')
  for (const sql of CATALOG_FILE.migrations) connection.exec(sql)
  return connection
}
