import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import * as v from 'valibot'
import {
  complaintOf,
  ComplaintSchema,
  explained,
  type Complaint,
} from '../../shared/domain/explanation'
import type { DatasetSummary } from '../../shared/domain/dataset'
import type { Problem } from '../../shared/domain/repair'
import type { RunSummary } from '../../shared/domain/run'
import {
  createDatabase,
  DamagedFileError,
  isDamage,
  openDatabase,
  type Connection,
} from './database'
import { DatasetFile } from './datasetFile'
import { CATALOG_FILE } from './fileKinds'
import type { Home } from './home'
import { RunFile } from './runFile'
import { isRunLocked } from './runLock'

type Kind = 'run' | 'dataset'
type Entry = {
  file: string
  fingerprint: string
  summary: string | null
  problem: string | null
}

/**
 * Lists the runs and datasets of a home folder. The files are the truth, so adding one is putting it there;
 * `catalog.sqlite` only remembers what was in each, so that a list opens no file that has not changed.
 */
export class Catalog {
  readonly #home: Home
  #connection: Connection
  /** Parsed summaries, by file: a run that has not changed is answered as the same object. */
  readonly #parsed = new Map<string, { fingerprint: string; run: RunSummary }>()

  private constructor(home: Home, connection: Connection) {
    this.#home = home
    this.#connection = connection
  }

  /**
   * Opens the catalog, or makes a new one when it is missing, damaged or of a newer Sprout: nothing but time is lost.
   * Where it cannot be written, as on a full disk, it is kept in memory.
   */
  static open(home: Home): Catalog {
    return new Catalog(home, openOrMake(home.catalogFile))
  }

  /**
   * All readable runs, newest activity first; a run that has not changed since the last call is the same object. One
   * that says it trains but is not locked is `interrupted`.
   */
  listRuns(): RunSummary[] {
    return this.#refreshed('run')
      .flatMap((entry) => {
        return entry.summary === null
          ? []
          : [this.#runOf(entry.file, entry.fingerprint, entry.summary)]
      })
      .sort((a, b) => b.lastActivityAt - a.lastActivityAt)
  }

  /** All readable datasets, newest first. */
  listDatasets(): DatasetSummary[] {
    return this.#refreshed('dataset')
      .flatMap(({ summary }) => (summary === null ? [] : [JSON.parse(summary) as DatasetSummary]))
      .sort((a, b) => b.createdAt - a.createdAt)
  }

  /** Files among the runs and datasets that cannot be read, with what is wrong. */
  problems(): Problem[] {
    return (['run', 'dataset'] as const).flatMap((kind) =>
      this.#refreshed(kind).flatMap(({ file, problem }): Problem[] => {
        if (problem === null) return []
        return [{ kind, id: basename(file, '.sqlite'), file, ...storedComplaint(problem) }]
      }),
    )
  }

  /**
   * The run with this id, with an id that begins so, or with this name. Throws one clear line when there is
   * none, more than one, or its file cannot be read.
   */
  findRun(wanted: string): RunSummary {
    const runs = this.listRuns()
    const exact = runs.find((run) => run.id === wanted)
    if (exact !== undefined) return exact
    for (const matches of [
      runs.filter((run) => wanted !== '' && run.id.startsWith(wanted)),
      runs.filter((run) => run.name === wanted),
    ]) {
      if (matches.length === 1) return matches[0]!
      if (matches.length > 1) {
        const ids = matches.map((run) => run.id).join(', ')
        throw new Error(`${wanted} could be any of the runs ${ids}; say which by its id.`)
      }
    }
    const problem = this.problems().find(({ id }) => id === wanted)
    throw new Error(problem?.message ?? `There is no run ${wanted} in ${this.#home.runsFolder}.`)
  }

  /** The thumbnail that was remembered for this mosaic of the run in `file`; null where there is none. */
  thumbnail(file: string, mosaicSeq: number): Uint8Array<ArrayBuffer> | null {
    const webp = this.#connection
      .prepare<[string, number], Buffer>(
        'SELECT webp FROM thumbnails WHERE file = ? AND mosaic_seq = ?',
      )
      .pluck()
      .get(file, mosaicSeq)
    return webp === undefined ? null : new Uint8Array(webp)
  }

  /** Remembers a thumbnail until the run has a newer mosaic. */
  rememberThumbnail(file: string, mosaicSeq: number, webp: Uint8Array): void {
    this.#write(
      `INSERT OR REPLACE INTO thumbnails (file, mosaic_seq, webp)
       VALUES (:file, :mosaicSeq, :webp)`,
      { file, mosaicSeq, webp: Buffer.from(webp) },
    )
  }

  /** Deletes a dataset's files. Throws while it is being prepared. */
  removeDataset(id: string): void {
    const lockFile = this.#home.datasetLockFile(id)
    const file = this.#home.datasetFile(id)
    if (isRunLocked(lockFile)) {
      throw explained('preparing_now', { file })
    }
    // The log goes first: left alone, it would be taken for the log of a later file of the same name.
    for (const path of [`${file}-wal`, `${file}-shm`, file, lockFile]) rmSync(path, { force: true })
  }

  close(): void {
    this.#connection.close()
  }

  #runOf(file: string, fingerprint: string, summary: string): RunSummary {
    let parsed = this.#parsed.get(file)
    if (parsed?.fingerprint !== fingerprint) {
      parsed = { fingerprint, run: JSON.parse(summary) as RunSummary }
      this.#parsed.set(file, parsed)
    }
    const { run } = parsed
    if (run.state !== 'training' && run.state !== 'interrupted') return run
    const state = isRunLocked(this.#home.lockFile(run.id)) ? 'training' : 'interrupted'
    if (state !== run.state) this.#parsed.set(file, { fingerprint, run: { ...run, state } })
    return this.#parsed.get(file)!.run
  }

  /** Brings the entries of one kind up to date with the folder and answers them. */
  #refreshed(kind: Kind): Entry[] {
    try {
      return this.#refresh(kind)
    } catch (error) {
      if (!isDamage(error)) throw error
      // It was damaged while it was open.
      this.#connection.close()
      removeCatalog(this.#home.catalogFile)
      this.#connection = openOrMake(this.#home.catalogFile)
      return this.#refresh(kind)
    }
  }

  #refresh(kind: Kind): Entry[] {
    const folder = kind === 'run' ? this.#home.runsFolder : this.#home.datasetsFolder
    const known = new Map(
      this.#connection
        .prepare<[Kind], Entry>('SELECT * FROM entries WHERE kind = ?')
        .all(kind)
        .map((entry) => [entry.file, entry]),
    )
    const all = new Set(readdirSync(folder))
    const names = [...all].filter((name) => name.endsWith('.sqlite'))
    const entries = names.sort().flatMap((name): Entry[] => {
      const file = join(folder, name)
      const fingerprint = fingerprintOf(file, all.has(`${name}-wal`))
      const before = known.get(file)
      known.delete(file)
      if (fingerprint === null) return []
      if (before?.fingerprint === fingerprint && isReadable(before)) return [before]
      return [this.#remember(kind, { file, fingerprint, ...lookInto(kind, file) })]
    })
    for (const gone of known.keys()) {
      this.#write('DELETE FROM entries WHERE file = ?', gone)
      this.#write('DELETE FROM thumbnails WHERE file = ?', gone)
      this.#parsed.delete(gone)
    }
    return entries
  }

  #remember(kind: Kind, entry: Entry): Entry {
    this.#write(
      `INSERT OR REPLACE INTO entries (file, kind, fingerprint, summary, problem)
       VALUES (:file, :kind, :fingerprint, :summary, :problem)`,
      { kind, ...entry },
    )
    return entry
  }

  /** What cannot be remembered, as on a full disk, is looked up again the next time. */
  #write(sql: string, values: string | Record<string, unknown>): void {
    try {
      this.#connection.prepare(sql).run(values)
    } catch (error) {
      if (!(error instanceof Database.SqliteError) || isDamage(error)) throw error
    }
  }
}

function openOrMake(file: string): Connection {
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) createCatalog(file)
    return openDatabase(file, CATALOG_FILE, 'write')
  } catch (error) {
    const useless = error instanceof Error && /damaged|newer Sprout/.test(error.message)
    return (useless ? madeAnew(file) : null) ?? inMemory()
  }
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

function inMemory(): Connection {
  const connection = new Database(':memory:')
  for (const sql of CATALOG_FILE.migrations) connection.exec(sql)
  return connection
}

function removeCatalog(file: string): void {
  for (const suffix of ['-wal', '-shm', '']) rmSync(file + suffix, { force: true })
}

/** False for what a damage made of an entry. */
function isReadable({ summary }: Entry): boolean {
  if (summary === null) return true
  try {
    JSON.parse(summary)
    return true
  } catch {
    return false
  }
}

function createCatalog(file: string): void {
  createDatabase(file, CATALOG_FILE, () => undefined).close()
}

/** Changes whenever the file or its write-ahead log does; null when the file is gone meanwhile. */
function fingerprintOf(file: string, hasLog: boolean): string | null {
  const main = statSync(file, { throwIfNoEntry: false })
  if (main === undefined) return null
  const log = hasLog ? statSync(`${file}-wal`, { throwIfNoEntry: false }) : undefined
  const logPart = log === undefined || log.size === 0 ? '' : `${log.size} ${log.mtimeMs}`
  return `${main.size} ${main.mtimeMs} ${logPart}`
}

/** Reads a file's summary; whatever is wrong with it becomes its problem and no one else's. */
function lookInto(kind: Kind, file: string): Pick<Entry, 'summary' | 'problem'> {
  try {
    const summary = kind === 'run' ? lookIntoRun(file) : lookIntoDataset(file)
    if (summary.id !== basename(file, '.sqlite')) {
      throw explained('run_misnamed', { file, kind, id: summary.id })
    }
    return { summary: JSON.stringify(summary), problem: null }
  } catch (error) {
    const known = isDamage(error) ? new DamagedFileError(file, error) : error
    return { summary: null, problem: JSON.stringify(complaintOf(known)) }
  }
}

/** What was remembered of a file's problem; earlier versions remembered its text alone. */
function storedComplaint(problem: string): Complaint {
  try {
    return v.parse(ComplaintSchema, JSON.parse(problem))
  } catch {
    return { message: problem }
  }
}

function lookIntoRun(file: string): RunSummary {
  const run = RunFile.openForReading(file)
  try {
    return { ...run.summary(), file, diskBytes: bytesOnDisk(file) }
  } finally {
    run.close()
  }
}

/** Bytes of a database file with its write-ahead log. */
export function bytesOnDisk(file: string): number {
  return [file, `${file}-wal`].reduce(
    (sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

function lookIntoDataset(file: string): DatasetSummary {
  const dataset = DatasetFile.open(file)
  try {
    return dataset.summary()
  } finally {
    dataset.close()
  }
}
