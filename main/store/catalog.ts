import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { DatasetSummary } from '../../shared/domain/dataset'
import type { RunSummary } from '../../shared/domain/run'
import { createDatabase, isDamage, openDatabase, type Connection } from './database'
import { DatasetFile } from './datasetFile'
import { CATALOG_FILE } from './fileKinds'
import type { Home } from './home'
import { RunFile } from './runFile'
import { isRunLocked } from './runLock'

/** A file in the home folder that could not be read, and why. */
export type Problem = { file: string; message: string }

type Kind = 'run' | 'dataset'
type Entry = {
  file: string
  fingerprint: string
  summary: string | null
  thumbnail: Buffer | null
  problem: string | null
}
/** What a look into a file found. */
type Look = { summary: RunSummary | DatasetSummary; thumbnail: Uint8Array | null }

/**
 * Lists the runs and datasets of a home folder. The files are the truth, so adding one is putting it there;
 * `catalog.sqlite` only remembers what was in each, so that a list opens no file that has not changed.
 */
export class Catalog {
  readonly #home: Home
  readonly #connection: Connection

  private constructor(home: Home, connection: Connection) {
    this.#home = home
    this.#connection = connection
  }

  /** Opens the catalog, or makes a new one when it is missing or damaged: nothing but time is lost. */
  static open(home: Home): Catalog {
    const file = home.catalogFile
    try {
      if (statSync(file, { throwIfNoEntry: false }) === undefined) createCatalog(file)
      return new Catalog(home, openDatabase(file, CATALOG_FILE, 'write'))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (!/damaged/.test(message)) throw error
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
      createCatalog(file)
      return new Catalog(home, openDatabase(file, CATALOG_FILE, 'write'))
    }
  }

  /** All readable runs, newest activity first. A run that says it trains but is not locked is `interrupted`. */
  listRuns(): RunSummary[] {
    return this.#refreshed('run')
      .flatMap((entry) => {
        if (entry.summary === null) return []
        const stored = JSON.parse(entry.summary) as RunSummary
        const { thumbnail } = entry
        return [
          this.#withLiveState({ ...stored, thumbnail: thumbnail && new Uint8Array(thumbnail) }),
        ]
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
    return [...this.#refreshed('run'), ...this.#refreshed('dataset')].flatMap(
      ({ file, problem }) => (problem === null ? [] : [{ file, message: problem }]),
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
    const problem = this.problems().find(({ file }) => basename(file, '.sqlite') === wanted)
    throw new Error(problem?.message ?? `There is no run ${wanted} in ${this.#home.runsFolder}.`)
  }

  /** Deletes a run's files. Throws while it is being trained. */
  removeRun(id: string): void {
    this.#remove(this.#home.runFile(id), this.#home.lockFile(id), 'is being trained; stop it')
  }

  /** Deletes a dataset's files. Throws while it is being prepared. */
  removeDataset(id: string): void {
    const lockFile = this.#home.datasetLockFile(id)
    this.#remove(this.#home.datasetFile(id), lockFile, 'is being prepared; cancel that')
  }

  close(): void {
    this.#connection.close()
  }

  #remove(file: string, lockFile: string, busy: string): void {
    if (isRunLocked(lockFile)) throw new Error(`${file} ${busy} before you delete it.`)
    // The log goes first: left alone, it would be taken for the log of a later file of the same name.
    for (const path of [`${file}-wal`, `${file}-shm`, file, lockFile]) rmSync(path, { force: true })
  }

  #withLiveState(run: RunSummary): RunSummary {
    if (run.state !== 'training' || isRunLocked(this.#home.lockFile(run.id))) return run
    return { ...run, state: 'interrupted' }
  }

  /** Brings the entries of one kind up to date with the folder and answers them. */
  #refreshed(kind: Kind): Entry[] {
    const folder = kind === 'run' ? this.#home.runsFolder : this.#home.datasetsFolder
    const known = new Map(
      this.#connection
        .prepare<[Kind], Entry>('SELECT * FROM entries WHERE kind = ?')
        .all(kind)
        .map((entry) => [entry.file, entry]),
    )
    const names = readdirSync(folder).filter((name) => name.endsWith('.sqlite'))
    const entries = names.sort().flatMap((name): Entry[] => {
      const file = join(folder, name)
      const fingerprint = fingerprintOf(file)
      const before = known.get(file)
      known.delete(file)
      if (fingerprint === null) return []
      if (before?.fingerprint === fingerprint) return [before]
      return [this.#remember(kind, { file, fingerprint, ...lookInto(kind, file) })]
    })
    const forget = this.#connection.prepare('DELETE FROM entries WHERE file = ?')
    for (const gone of known.keys()) forget.run(gone)
    return entries
  }

  #remember(kind: Kind, entry: Entry): Entry {
    this.#connection
      .prepare(
        `INSERT OR REPLACE INTO entries (file, kind, fingerprint, summary, thumbnail, problem)
         VALUES (:file, :kind, :fingerprint, :summary, :thumbnail, :problem)`,
      )
      .run({ kind, ...entry })
    return entry
  }
}

function createCatalog(file: string): void {
  createDatabase(file, CATALOG_FILE, () => undefined).close()
}

/** Changes whenever the file or its write-ahead log does; null when the file is gone meanwhile. */
function fingerprintOf(file: string): string | null {
  const [main, log] = [file, `${file}-wal`].map((path) => statSync(path, { throwIfNoEntry: false }))
  if (main === undefined) return null
  const logPart = log === undefined || log.size === 0 ? '' : `${log.size} ${log.mtimeMs}`
  return `${main.size} ${main.mtimeMs} ${logPart}`
}

/** Reads a file's summary; whatever is wrong with it becomes its problem and no one else's. */
function lookInto(kind: Kind, file: string): Pick<Entry, 'summary' | 'thumbnail' | 'problem'> {
  try {
    const { summary, thumbnail } = kind === 'run' ? lookIntoRun(file) : lookIntoDataset(file)
    if (summary.id !== basename(file, '.sqlite')) {
      throw new Error(`${file} holds the ${kind} ${summary.id}; rename it to ${summary.id}.sqlite.`)
    }
    const bytes = thumbnail && Buffer.from(thumbnail)
    return { summary: JSON.stringify(summary), thumbnail: bytes, problem: null }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const problem = isDamage(error) ? `${file} is damaged: ${message}.` : message
    return { summary: null, thumbnail: null, problem }
  }
}

function lookIntoRun(file: string): Look {
  const run = RunFile.openForReading(file)
  try {
    const { thumbnail, ...summary } = run.summary()
    return { summary: { ...summary, file, thumbnail: null }, thumbnail }
  } finally {
    run.close()
  }
}

function lookIntoDataset(file: string): Look {
  const dataset = DatasetFile.open(file)
  try {
    return { summary: dataset.summary(), thumbnail: null }
  } finally {
    dataset.close()
  }
}
