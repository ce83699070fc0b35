import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import * as v from 'valibot'
import { DatasetSourceSchema, type DatasetSource } from '../../shared/domain/dataset'
import type { ConvKernel } from '../../shared/domain/convKernel'
import type { Device } from '../../shared/domain/device'
import type { MosaicEntry } from '../../shared/domain/mosaicHistory'
import type { CheckpointInfo, RunState, RunSummary, VerifyReport } from '../../shared/domain/run'
import type { StoredCheckpoint } from '../../shared/domain/storedCheckpoint'
import { TrainConfigSchema, type TrainConfig } from '../../shared/domain/trainConfig'
import type { Mosaic, Tick, TrainEvent, TrainEventBody } from '../../shared/domain/trainEvent'
import { Checkpoints, type LoadedCheckpoint, type NewCheckpoint } from './checkpoints'
import { createDatabase, isDamage, openDatabase, writing, type Connection } from './database'
import { EventLog, imagesSeenOf, type StoredMosaic } from './eventLog'
import { Favourites } from './favourites'
import { RUN_FILE } from './fileKinds'
import { listMosaics, mosaicPicture } from './mosaicLog'

export { DamagedCheckpointError } from './checkpoints'
export type { LoadedCheckpoint, NewCheckpoint, StoredTensor } from './checkpoints'
export type { StoredMosaic } from './eventLog'

/** What a run is created from; nothing of it changes later. */
export type NewRun = {
  id: string
  name: string
  config: TrainConfig
  dataset: { id: string; name: string; source: DatasetSource }
}

/** States as stored; `interrupted` is only ever read, see {@link RunState}. */
export type StoredRunState = Exclude<RunState, 'interrupted'>

type RunRow = {
  id: string
  name: string
  state: StoredRunState
  config: string
  datasetId: string
  datasetName: string
  datasetSource: string
  imagesSeen: number
  createdAt: number
  lastActivityAt: number
  failure: string | null
}

/**
 * One run in one SQLite file: settings, events, mosaics and checkpoints. Whoever writes holds the run's lock
 * (`runLock.ts`); any number may read meanwhile.
 */
export class RunFile {
  readonly path: string
  readonly config: TrainConfig
  readonly #connection: Connection
  readonly #events: EventLog
  readonly #checkpoints: Checkpoints
  /** What the person marked. Written beside a training, in a transaction of a row. */
  readonly favourites: Favourites

  private constructor(path: string, connection: Connection) {
    this.path = path
    this.#connection = connection
    this.#events = new EventLog(connection)
    this.#checkpoints = new Checkpoints(connection, path)
    this.favourites = new Favourites(connection)
    try {
      this.config = parseStored(path, 'settings', TrainConfigSchema, this.#row().config)
    } catch (error) {
      connection.close()
      throw isDamage(error) ? new Error(`${path} is damaged: ${error.message}.`) : error
    }
  }

  /** What the run trained on last, or is to begin on. */
  device(): Device {
    return this.#events.lastDevice() ?? this.config.device
  }

  /** How the run's convolutions are computed, as far as it was chosen yet; see the `kernels` event. */
  kernels(): Record<string, ConvKernel> {
    return this.#events.kernels()
  }

  /** Creates the file of a new run and opens it for writing. Throws when `path` exists. */
  static create(path: string, { id, name, config, dataset }: NewRun): RunFile {
    const now = Date.now()
    const connection = createDatabase(path, RUN_FILE, (created) =>
      created
        .prepare(
          `INSERT INTO run VALUES (1, :id, :name, :config, :datasetId, :datasetName, :datasetSource,
             'new', NULL, 0, :now, :now)`,
        )
        .run({
          id,
          name,
          config: JSON.stringify(config),
          datasetId: dataset.id,
          datasetName: dataset.name,
          datasetSource: JSON.stringify(dataset.source),
          now,
        }),
    )
    return new RunFile(path, connection)
  }

  /** Opens a run to train it. Throws one clear line when it is missing, damaged, foreign or too new. */
  static openForWriting(path: string): RunFile {
    return RunFile.#open(path, 'write')
  }

  /** Opens a run to look at it, also while another process trains it. Throws as `openForWriting` does. */
  static openForReading(path: string): RunFile {
    return RunFile.#open(path, 'read')
  }

  static #open(path: string, mode: 'read' | 'write'): RunFile {
    if (!existsSync(path)) {
      throw new Error(`There is no run ${basename(path, '.sqlite')}: ${path} does not exist.`)
    }
    return new RunFile(path, openDatabase(path, RUN_FILE, mode))
  }

  /** The run as lists show it; `state` as stored, `thumbnail` the newest mosaic. */
  summary(): Omit<RunSummary, 'file'> {
    const { config: _, datasetSource, ...row } = this.#row()
    return {
      ...row,
      config: this.config,
      datasetSource: parseStored(this.path, 'data source', DatasetSourceSchema, datasetSource),
      thumbnail: this.#events.newestMosaic(),
    }
  }

  /** Stores what the run is doing and, for a failed one, why. */
  setState(state: StoredRunState, failure: string | null = null): void {
    this.#connection
      .prepare('UPDATE run SET state = ?, failure = ?, last_activity_at = ?')
      .run(state, failure, Date.now())
  }

  /** Stores an event and answers it with its place in the run's order. */
  recordEvent(body: TrainEventBody): TrainEvent {
    const at = Date.now()
    const record = this.#connection.transaction(() => {
      this.#connection
        .prepare('UPDATE run SET images_seen = ?, last_activity_at = ?')
        .run(imagesSeenOf(body), at)
      return this.#events.append(body, at)
    })
    return writing(this.path, `a ${body.kind} event`, () => record.immediate())
  }

  /**
   * Stored events after `afterSeq`, oldest first, thinned to about `limit`: every stage, state, checkpoint and
   * error and the newest mosaic always come. Events that a resume made void are left out, so seq may skip.
   */
  eventsAfter(afterSeq: number, limit: number): TrainEvent[] {
    return this.#events.after(afterSeq, limit)
  }

  /** All mosaics that a resume has not made void, oldest first, without their pictures. */
  mosaics(): MosaicEntry[] {
    return listMosaics(this.#connection)
  }

  /** A mosaic's WebP file; null when it is gone. */
  mosaicPicture(seq: number): Uint8Array | null {
    return mosaicPicture(this.#connection, seq)
  }

  /** Every tick of the history, oldest first, with its moment in milliseconds since 1970. */
  ticks(): IterableIterator<{ at: number; tick: Tick }> {
    return this.#events.ticks()
  }

  /** The mosaics of the history, oldest first, without their pictures. */
  storedMosaics(): StoredMosaic[] {
    return this.#events.storedMosaics()
  }

  /** One of the {@link storedMosaics} with its picture. Throws when it is gone. */
  mosaicAt(seq: number): Mosaic {
    return this.#events.mosaicAt(seq)
  }

  /** Whether the history has a stage that begins at these images. */
  hasStageAt(imagesSeen: number): boolean {
    return this.#events.hasStageAt(imagesSeen)
  }

  /** The most memory in bytes that training took at each resolution, smallest resolution first. */
  peakMemory(): { resolution: number; bytes: number }[] {
    return this.#events.peakMemory()
  }

  /**
   * Makes the history end at `imagesSeen`, where training is about to go on, so that no stretch is told
   * twice: events past it are no longer shown. Their numbers are not used again.
   */
  truncateAfter(imagesSeen: number): void {
    const truncate = this.#connection.transaction(() => {
      this.#events.supersedeAfter(imagesSeen)
      this.#connection.prepare('UPDATE run SET images_seen = ?').run(imagesSeen)
    })
    truncate.immediate()
  }

  /**
   * Saves a checkpoint in one transaction that has reached the disk on return. Then only the last three regular
   * ones are kept, beside all of other kinds. Throws when the disk is full; older checkpoints stay.
   */
  saveCheckpoint(checkpoint: NewCheckpoint): CheckpointInfo {
    return this.#checkpoints.save(checkpoint)
  }

  /** All checkpoints without their tensors, oldest first. */
  checkpoints(): CheckpointInfo[] {
    return this.#checkpoints.list()
  }

  /** All checkpoints with their sizes and whether they are pinned, oldest first. */
  storedCheckpoints(): StoredCheckpoint[] {
    return this.#checkpoints.stored()
  }

  /** Keeps a checkpoint for good, or no longer. Throws when it is gone. */
  pinCheckpoint(id: number, pinned: boolean): void {
    writing(this.path, 'which checkpoints are pinned', () => this.#checkpoints.pin(id, pinned))
  }

  /** Loads and verifies a checkpoint. Throws a `DamagedCheckpointError` naming the tensors at fault. */
  loadCheckpoint(id: number): LoadedCheckpoint {
    return this.#checkpoints.load(id)
  }

  /** The newest intact checkpoint, null when there is none, and what is wrong with each newer one. */
  loadNewestGoodCheckpoint(): { checkpoint: LoadedCheckpoint | null; problems: string[] } {
    return this.#checkpoints.loadNewestGood()
  }

  /** Checks the whole file: SQLite's own structures, then every tensor of every checkpoint. */
  verify(): VerifyReport {
    const { id } = this.#row()
    try {
      const answer = this.#connection.pragma('integrity_check', { simple: true })
      const checkpoints = this.#checkpoints
        .list()
        .map((info) => ({ info, problems: this.#checkpoints.problemsOf(info) }))
      return { runId: id, fileIntact: answer === 'ok', checkpoints }
    } catch (error) {
      if (!isDamage(error)) throw error
      return { runId: id, fileIntact: false, checkpoints: [] }
    }
  }

  close(): void {
    this.#connection.close()
  }

  #row(): RunRow {
    const row = this.#connection
      .prepare<[], RunRow>(
        `SELECT id, name, state, config, dataset_id AS datasetId, dataset_name AS datasetName,
           dataset_source AS datasetSource, images_seen AS imagesSeen, created_at AS createdAt,
           last_activity_at AS lastActivityAt, failure FROM run`,
      )
      .get()
    if (row === undefined)
      throw new Error(`${this.path} is damaged: it does not say which run it is.`)
    return row
  }
}

/** Parses stored JSON; the error names the file and what in it cannot be read. */
function parseStored<T extends v.GenericSchema>(
  path: string,
  what: string,
  schema: T,
  text: string,
): v.InferOutput<T> {
  const result = v.safeParse(schema, JSON.parse(text))
  if (result.success) return result.output
  throw new Error(`${path} has ${what} that Sprout cannot read: ${result.issues[0].message}.`)
}
