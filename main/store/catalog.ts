import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import * as v from 'valibot'
import { ComplaintSchema, explained, type Complaint } from '../../shared/domain/explanation'
import type { DatasetSummary } from '../../shared/domain/dataset'
import type { Problem } from '../../shared/domain/repair'
import type { RunSummary } from '../../shared/domain/run'
import { catalogAnew, openCatalog } from './catalogDatabase'
import { isDamage, type Connection } from './database'
import { fingerprintOf, lookInto, type Kind, type Look } from './fileLook'
import type { Home } from './home'
import { isRunLocked } from './runLock'

type Entry = {
  file: string
  fingerprint: string
} & Look

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
    return new Catalog(home, openCatalog(home.catalogFile))
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
    const run = findRun(runs, wanted)
    if (run !== undefined) return run
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
      this.#connection = catalogAnew(this.#home.catalogFile)
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

/** What was remembered of a file's problem; earlier versions remembered its text alone. */
function storedComplaint(problem: string): Complaint {
  try {
    return v.parse(ComplaintSchema, JSON.parse(problem))
  } catch {
    return { message: problem }
  }
}

/** The run with this id, with an id that begins so, or with this name. Throws when there is more than one. */
function findRun(runs: readonly RunSummary[], wanted: string): RunSummary | undefined {
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
  return undefined
}
