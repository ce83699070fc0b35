import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import * as v from 'valibot'
import { explained } from '../../shared/domain/explanation'
import {
  PrepareOptionsSchema,
  type DatasetSummary,
  type PictureClass,
  type PrepareOptions,
  type SkippedFile,
} from '../../shared/domain/dataset'
import type { Resolution } from '../../shared/domain/resolution'
import {
  createDatabase,
  DamagedFileError,
  openDatabase,
  writing,
  type Connection,
} from './database'
import { DATASET_FILE } from './fileKinds'
import { LEVEL_MEMORY_BYTES, openLevel, type Level } from './level'
import { pack } from './packing'
import { insertClasses, labelsOf, listClasses, setClasses } from './pictureClasses'
import { WriteBatch } from './writeBatch'

export type { Level } from './level'

type DatasetRow = Omit<DatasetSummary, 'options' | 'pictures' | 'skipped' | 'classes'> & {
  options: string
}

/** A prepared picture at every resolution: uint8, rows of pixels of interleaved channels. */
export type PreparedPicture = {
  /** Relative to the source; names the picture when preparation goes on later. */
  path: string
  levels: ReadonlyMap<Resolution, Uint8Array>
  /** One of the names given to `addClasses`; a picture may have none. */
  className?: string | null
}

/** One prepared dataset in one SQLite file. */
export class DatasetFile {
  readonly path: string
  readonly options: PrepareOptions
  readonly #connection: Connection
  readonly #statements: ReturnType<typeof prepareStatements>
  readonly #batch: WriteBatch
  #nextNumber: number

  private constructor(path: string, connection: Connection) {
    this.path = path
    this.#connection = connection
    this.#batch = new WriteBatch(connection, path)
    try {
      this.options = v.parse(PrepareOptionsSchema, JSON.parse(this.#row().options))
      this.#nextNumber = this.#count('pictures')
      this.#statements = prepareStatements(connection)
    } catch (error) {
      connection.close()
      const reason = error instanceof Error ? error.message : String(error)
      throw new DamagedFileError(path, new Error(reason, { cause: error }))
    }
  }

  /** Creates the file of a dataset and opens it for writing. Throws when `path` exists. */
  static create(
    path: string,
    { id, name, options }: Pick<DatasetSummary, 'id' | 'name' | 'options'>,
  ): DatasetFile {
    const connection = createDatabase(path, DATASET_FILE, (created) =>
      created
        .prepare(`INSERT INTO dataset VALUES (1, ?, ?, ?, 'preparing', ?)`)
        .run(id, name, JSON.stringify(options), Date.now()),
    )
    return new DatasetFile(path, connection)
  }

  /** Opens a dataset to train on it or list it. Throws one clear line when that cannot be. */
  static open(path: string): DatasetFile {
    return DatasetFile.#open(path, 'read')
  }

  /** Opens a dataset to go on preparing it. */
  static openForWriting(path: string): DatasetFile {
    return DatasetFile.#open(path, 'write')
  }

  static #open(path: string, mode: 'read' | 'write'): DatasetFile {
    if (!existsSync(path)) {
      throw explained('dataset_missing', { id: basename(path, '.sqlite'), file: path })
    }
    return new DatasetFile(path, openDatabase(path, DATASET_FILE, mode))
  }

  summary(): DatasetSummary {
    return {
      ...this.#row(),
      options: this.options,
      pictures: this.#count('pictures'),
      skipped: this.#count('skipped'),
      classes: this.classes(),
    }
  }

  /** Classes by number, each with its pictures. */
  classes(): PictureClass[] {
    return listClasses(this.#connection)
  }

  /** Each picture's class by number, -1 for none. */
  labels(): Int32Array {
    return labelsOf(this.#connection)
  }

  /** Adds classes that are not known yet, in the given order. Those that are keep their numbers. */
  addClasses(names: readonly string[]): void {
    this.flush()
    insertClasses(this.#connection, names)
  }

  /** Gives pictures that have no class the one that `classOf` tells: those prepared before classes were kept. */
  classify(classOf: (path: string) => string | null): void {
    this.flush()
    setClasses(this.#connection, classOf)
  }

  /** Where a picture lies in its source. Throws a RangeError for a number that no picture has. */
  pathOf(number: number): string {
    const path = this.#connection
      .prepare<[number], string>('SELECT path FROM pictures WHERE number = ?')
      .pluck()
      .get(number)
    if (path === undefined) throw new RangeError(`There is no picture ${number} in ${this.path}.`)
    return path
  }

  /** Files left out, by path. */
  skippedFiles(): SkippedFile[] {
    return this.#connection
      .prepare<[], SkippedFile>('SELECT path, reason FROM skipped ORDER BY path')
      .all()
  }

  /** Whether SQLite finds the file's structures as they should be. */
  isIntact(): boolean {
    return this.#connection.pragma('integrity_check', { simple: true }) === 'ok'
  }

  /** Whether the picture was added or skipped before. */
  isDone(path: string): boolean {
    return this.#statements.findDone.get(path, path) !== undefined
  }

  /**
   * Adds a picture as the next in order. It counts once committed, which happens every few hundred writes and
   * on `flush`, `markReady` and `close`; after a crash, `isDone` tells what is left to do.
   */
  addPicture({ path, levels, className = null }: PreparedPicture): void {
    const insert = () => this.#insert(path, levels, className)
    this.#add(() => writing(this.path, path, insert))
  }

  /** Writes a picture's levels anew under the number that it has: for a file of which some were lost. */
  mendPicture(number: number, levels: PreparedPicture['levels']): void {
    const replace = this.#connection.prepare<[number, number, Uint8Array]>(
      'INSERT OR REPLACE INTO pixels (place, data) VALUES ((CAST(? AS INTEGER) << 32) + ?, ?)',
    )
    const mend = () => {
      let bytes = 0
      for (const [resolution, pixels] of levels) {
        const data = pack(pixels, resolution, this.options.channels)
        writing(this.path, this.pathOf(number), () => replace.run(resolution, number, data))
        bytes += data.length
      }
      return bytes
    }
    this.#add(mend)
  }

  /** Notes a file that was left out, with the reason in words a person can act on. */
  skip(path: string, reason: string): void {
    this.#add(() => {
      writing(this.path, path, () => this.#statements.skip.run(path, reason))
      return 0
    })
  }

  /** Forgets skipped files, so that they are tried again. */
  forgetSkipped(): void {
    this.flush()
    this.#connection.exec('DELETE FROM skipped')
  }

  /** Commits what was added and skipped so far. */
  flush(): void {
    this.#undoneOnFailure(() => this.#batch.commit())
  }

  /** Says that every file of the source was added or skipped. */
  markReady(): void {
    this.flush()
    writing(this.path, 'its state', () =>
      this.#connection.exec(`UPDATE dataset SET state = 'ready'`),
    )
  }

  /**
   * All pictures at one resolution, held in memory as a whole when they take no more than `memoryBytes`, else
   * read when asked for. Throws when the dataset was not prepared for it, or has pictures that
   * cannot be read.
   */
  openLevel(resolution: Resolution, memoryBytes = LEVEL_MEMORY_BYTES): Level {
    const { channels, finalResolution } = this.options
    if (resolution > finalResolution) {
      const sizes = { size: `${finalResolution}`, needed: `${resolution}` }
      throw explained('dataset_too_small', { file: this.path, ...sizes })
    }
    const count = this.#count('pictures')
    const level = { count, resolution, channels }
    return openLevel(this.#connection, this.path, level, memoryBytes)
  }

  close(): void {
    this.flush()
    this.#connection.close()
  }

  /** Inserts the next picture and answers the bytes it took. */
  #insert(path: string, levels: PreparedPicture['levels'], className: string | null): number {
    const number = this.#nextNumber++
    this.#statements.addPicture.run(number, path, className)
    let bytes = 0
    for (const [resolution, pixels] of levels) {
      const data = pack(pixels, resolution, this.options.channels)
      this.#statements.addPixels.run(resolution, number, data)
      bytes += data.length
    }
    return bytes
  }

  /** Adds a write, which answers the bytes it took, to the batch. */
  #add(write: () => number): void {
    this.#batch.begin()
    this.#undoneOnFailure(() => this.#batch.add(write))
  }

  /** Where a batch was lost, numbers go on from what is committed; the rest is prepared again. */
  #undoneOnFailure(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#batch.undo()
      this.#nextNumber = this.#count('pictures')
      throw error
    }
  }

  #count(table: 'pictures' | 'skipped'): number {
    return this.#connection.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!
  }

  #row(): DatasetRow {
    return this.#connection
      .prepare<[], DatasetRow>(
        'SELECT id, name, options, state, created_at AS createdAt FROM dataset',
      )
      .get()!
  }
}

/** Statements run once for each picture, worth preparing once. */
function prepareStatements(connection: Connection) {
  return {
    findDone: connection.prepare<[string, string]>(
      'SELECT 1 FROM pictures WHERE path = ? UNION ALL SELECT 1 FROM skipped WHERE path = ?',
    ),
    addPicture: connection.prepare<[number, string, string | null]>(
      `INSERT INTO pictures (number, path, class)
       VALUES (?, ?, (SELECT number FROM classes WHERE name = ?))`,
    ),
    addPixels: connection.prepare<[number, number, Uint8Array]>(
      'INSERT INTO pixels (place, data) VALUES ((CAST(? AS INTEGER) << 32) + ?, ?)',
    ),
    skip: connection.prepare<[string, string]>(
      'INSERT OR REPLACE INTO skipped (path, reason) VALUES (?, ?)',
    ),
  }
}
