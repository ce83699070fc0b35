import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { because, explained, type Explanation } from '../../shared/domain/explanation'
import type { CurveStretch } from '../../shared/domain/curve'
import type { ConvKernel } from '../../shared/domain/convKernel'
import type { Device } from '../../shared/domain/device'
import type { MosaicEntry } from '../../shared/domain/mosaicHistory'
import type { CheckpointInfo, RunChanges, RunSummary, VerifyReport } from '../../shared/domain/run'
import type { StoredCheckpoint } from '../../shared/domain/storedCheckpoint'
import {
  changedSettings,
  withChange,
  type SettingsChange,
} from '../../shared/domain/settingsChange'
import { TrainConfigSchema, type TrainConfig } from '../../shared/domain/trainConfig'
import type { Tick, TrainEvent, TrainEventBody } from '../../shared/domain/trainEvent'
import { fillBranch } from './branchFile'
import { Checkpoints, type LoadedCheckpoint, type NewCheckpoint } from './checkpoints'
import { readCurve } from './curve'
import {
  createDatabase,
  DamagedFileError,
  isNonsense,
  openDatabase,
  reading,
  writing,
  type Connection,
} from './database'
import { EventLog } from './eventLog'
import { Favourites } from './favourites'
import { RUN_FILE } from './fileKinds'
import { Place } from './place'
import { listMosaics, mosaicPicture } from './mosaicLog'
import { Qualities } from './qualities'
import { bestQuality } from './qualityRows'
import {
  insertRun,
  noteProgress,
  parseStored,
  readRow,
  summaryOf,
  updateDetails,
  type NewRun,
  type StoredRunState,
} from './runRow'
import { writeAnew } from './writeAnew'

export type { NewRun, StoredRunState } from './runRow'
export { DamagedCheckpointError } from './checkpoints'
export type { LoadedCheckpoint, NewCheckpoint } from './checkpoints'
export type { StoredTensor } from './tensorRows'

/**
 * One run in one SQLite file: settings, events, mosaics and checkpoints. Whoever writes holds the run's lock
 * (`runLock.ts`), but for {@link RunFile.setDetails}; any number may read meanwhile.
 */
export class RunFile {
  readonly path: string
  #config: TrainConfig
  #connection: Connection
  #events: EventLog
  #checkpoints: Checkpoints
  #place: Place
  #favourites: Favourites
  #qualities: Qualities

  private constructor(path: string, connection: Connection) {
    this.path = path
    this.#connection = connection
    this.#place = new Place(path)
    this.#events = new EventLog(connection)
    this.#checkpoints = new Checkpoints(connection, path)
    this.#favourites = new Favourites(connection)
    this.#qualities = this.#qualitiesOf(connection)
    try {
      this.#config = parseStored(
        path,
        'settings',
        TrainConfigSchema,
        readRow(connection, path).config,
      )
    } catch (error) {
      connection.close()
      throw isNonsense(error) ? new DamagedFileError(path, error) : error
    }
  }

  /** The run's settings, with what was changed since it was made. */
  get config(): TrainConfig {
    return this.#config
  }

  /** What the person marked. Written beside a training, in a transaction of a row. */
  get favourites(): Favourites {
    return this.#favourites
  }

  /** How far samples of its checkpoints are from the pictures. */
  get qualities(): Qualities {
    return this.#qualities
  }

  /** What the run trained on last, or is to begin on. */
  device(): Device {
    return reading(this.path, () => this.#events.lastDevice() ?? this.config.device)
  }

  /** How the run's convolutions are computed, as far as it was chosen yet; see the `kernels` event. */
  kernels(): Record<string, ConvKernel> {
    return reading(this.path, () => this.#events.kernels())
  }

  /** Creates the file of a new run and opens it for writing. Throws when `path` exists. */
  static create(path: string, run: NewRun): RunFile {
    return new RunFile(
      path,
      createDatabase(path, RUN_FILE, (created) => insertRun(created, run)),
    )
  }

  /**
   * Creates a run that goes on from a checkpoint of `from` (verified by `loadCheckpoint`): it has that checkpoint, and
   * the history until then, pictures included. All in one step, so that a crash leaves no half of a branch.
   */
  static createBranch(path: string, run: NewRun, from: RunFile, at: LoadedCheckpoint): RunFile {
    const history = {
      events: from.#events.upTo(at.info.imagesSeen),
      kernels: from.kernels(),
      quality: from.#checkpoints.qualities().find(({ id }) => id === at.info.id),
    }
    const connection = createDatabase(path, RUN_FILE, (created) =>
      fillBranch(created, run, at, history),
    )
    return new RunFile(path, connection)
  }

  /** Opens a run to train it. Throws one clear line when it is missing, damaged, foreign or too new. */
  static openForWriting(path: string): RunFile {
    return RunFile.#open(path, 'write')
  }

  /**
   * Opens a run for a process that trains it, which has no other connection to it: {@link restoreIfDeleted} can then
   * write it anew. Throws as `openForWriting` does.
   */
  static openForTraining(path: string): RunFile {
    const run = RunFile.openForWriting(path)
    run.#place.hold()
    return run
  }

  /** Opens a run to look at it, also while another process trains it. Throws as `openForWriting` does. */
  static openForReading(path: string): RunFile {
    return RunFile.#open(path, 'read')
  }

  static #open(path: string, mode: 'read' | 'write'): RunFile {
    if (!existsSync(path)) {
      throw explained('run_missing', { run: basename(path, '.sqlite'), file: path })
    }
    return new RunFile(path, openDatabase(path, RUN_FILE, mode))
  }

  /**
   * Where the file was deleted since {@link openForTraining}, writes it to its place anew, with all that is in it, and
   * goes on with that one; a file that took its place is kept beside. Answers what happened, null when
   * the file was not deleted. Throws a `StorageError` where it cannot be written for now: then nothing has changed.
   */
  restoreIfDeleted(): Explanation | null {
    const before = { connection: this.#connection, place: this.#place }
    if (!before.place.wasDeleted) return null
    const kept = writeAnew(before.connection, this.path, before.place.logIsOurs)
    const connection = openDatabase(this.path, RUN_FILE, 'write')
    this.#connection = connection
    this.#events = new EventLog(connection)
    this.#checkpoints = this.#checkpoints.movedTo(connection)
    this.#favourites = new Favourites(connection)
    this.#qualities = this.#qualitiesOf(connection)
    before.connection.close()
    before.place.release()
    this.#place = new Place(this.path)
    this.#place.hold()
    const file = this.path
    return kept === null
      ? because('file_rewritten', { file })
      : because('file_rewritten_kept', { file, kept })
  }

  /** The run as lists show it; `state` as stored. */
  summary(): Omit<RunSummary, 'file' | 'diskBytes'> {
    return reading(this.path, () => ({
      ...summaryOf(this.#connection, this.path),
      config: this.config,
      mosaicSeq: this.#events.newestMosaicSeq(),
      quality: bestQuality(this.#checkpoints.qualities()),
    }))
  }

  /**
   * Changes what a person says of the run. The one thing that others than the holder of the lock may write: a single
   * short statement, for which SQLite makes both sides wait their turn. Throws an error that `isBusy` knows when the
   * file is being written for longer than `waitMs`, as while a large checkpoint is saved.
   */
  setDetails(changes: RunChanges, waitMs: number): void {
    this.#connection.pragma(`busy_timeout = ${waitMs}`)
    writing(this.path, 'what you changed', () => updateDetails(this.#connection, changes))
  }

  /**
   * Makes the run stand at one of its checkpoints, which is verified first: later checkpoints are deleted, later events
   * shown no more. Throws, and changes nothing, when a checkpoint that would go is damaged: its pages may be another's.
   */
  rewindTo(checkpointId: number): void {
    const { imagesSeen } = this.loadCheckpoint(checkpointId).info
    const later = this.checkpoints().filter(({ id }) => id > checkpointId)
    const problem = later.flatMap((info) => this.#checkpoints.problemsOf(info))[0]
    if (problem !== undefined) {
      throw explained('too_large_for_branch', { file: this.path, problem })
    }
    const rewind = this.#connection.transaction(() => {
      const remove = this.#connection.prepare('DELETE FROM checkpoints WHERE id = ?')
      for (const { id } of later) remove.run(id)
      this.truncateAfter(imagesSeen)
      this.setState('paused')
      this.recordEvent({ kind: 'state', imagesSeen, state: 'paused' })
    })
    rewind.immediate()
  }

  /** Stores what the run is doing and, for a failed one, why. */
  setState(state: StoredRunState, failure: string | null = null): void {
    this.#place.check()
    writing(this.path, 'its state', () =>
      this.#connection
        .prepare('UPDATE run SET state = ?, failure = ?, last_activity_at = ?')
        .run(state, failure, Date.now()),
    )
  }

  /** Stores an event and answers it with its place in the run's order. */
  recordEvent(body: TrainEventBody): TrainEvent {
    const at = Date.now()
    const record = this.#connection.transaction(() => {
      noteProgress(this.#connection, body, at)
      return this.#events.append(body, at)
    })
    this.#place.check()
    return writing(this.path, `a ${body.kind} event`, () => record.immediate())
  }

  /**
   * Changes settings as `withChange` allows at `imagesSeen` and records what changed, both or neither; null when
   * nothing did. Throws, and stores nothing, when it is not allowed.
   */
  changeSettings(change: SettingsChange, imagesSeen: number): TrainEvent | null {
    const before = this.#config
    const after = withChange(before, imagesSeen, change)
    const changed = changedSettings(before, after)
    if (changed.length === 0) return null
    const store = this.#connection.transaction(() => {
      this.#connection.prepare('UPDATE run SET config = ?').run(JSON.stringify(after))
      return this.recordEvent({ kind: 'settings', imagesSeen, changed })
    })
    const event = writing(this.path, 'changed settings', () => store.immediate())
    this.#config = after
    return event
  }

  /** What ticks tell between two numbers of images (both included), in at most `most` stretches, oldest first. */
  curve(fromImages: number, toImages: number, most: number): CurveStretch[] {
    return reading(this.path, () => readCurve(this.#connection, fromImages, toImages, most))
  }

  /**
   * Stored events after `afterSeq`, oldest first, thinned to about `limit`: every stage, state, checkpoint and
   * error and the newest mosaic always come. Events that a resume made void are left out, so seq may skip.
   */
  eventsAfter(afterSeq: number, limit: number): TrainEvent[] {
    return reading(this.path, () => this.#events.after(afterSeq, limit))
  }

  /** All mosaics that a resume has not made void, oldest first, without their pictures. */
  mosaics(): MosaicEntry[] {
    return reading(this.path, () => listMosaics(this.#connection))
  }

  /** A mosaic's WebP file; null when it is gone. */
  mosaicPicture(seq: number): Uint8Array | null {
    return reading(this.path, () => mosaicPicture(this.#connection, seq))
  }

  /** Every tick of the history, oldest first, with its moment in milliseconds since 1970. */
  ticks(): IterableIterator<{ at: number; tick: Tick }> {
    return this.#events.ticks()
  }

  /** The newest mosaic's WebP file, and the event that brought it; null before the first. */
  newestMosaic(): { seq: number; webp: Uint8Array<ArrayBuffer> } | null {
    return reading(this.path, () => this.#events.newestMosaic())
  }

  /** The number of the newest mosaic's event; null before the first. */
  newestMosaicSeq(): number | null {
    return reading(this.path, () => this.#events.newestMosaicSeq())
  }

  /** Whether the history has a stage that begins at these images. */
  hasStageAt(imagesSeen: number): boolean {
    return reading(this.path, () => this.#events.hasStageAt(imagesSeen))
  }

  /** The most memory in bytes that training took at each resolution, smallest resolution first. */
  peakMemory(): { resolution: number; bytes: number }[] {
    return reading(this.path, () => this.#events.peakMemory())
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
    writing(this.path, 'where it stands', () => truncate.immediate())
  }

  /**
   * Saves a checkpoint in one transaction that has reached the disk on return. Then only the last three regular
   * ones are kept, beside all of other kinds, pinned ones and the best of each resolution. Throws when the disk is full;
   * older checkpoints stay.
   */
  saveCheckpoint(checkpoint: NewCheckpoint): CheckpointInfo {
    this.#place.check()
    return this.#checkpoints.save(checkpoint)
  }

  /** What is wrong with one checkpoint, a sentence for each tensor at fault; empty when it is intact. */
  problemsOf(info: CheckpointInfo): string[] {
    return this.#checkpoints.problemsOf(info)
  }

  /** All checkpoints without their tensors, oldest first. */
  checkpoints(): CheckpointInfo[] {
    return reading(this.path, () => this.#checkpoints.list())
  }

  /** All checkpoints with their sizes and whether they are pinned, oldest first. */
  storedCheckpoints(): StoredCheckpoint[] {
    return reading(this.path, () => this.#checkpoints.stored())
  }

  /** Keeps a checkpoint for good, or no longer. Throws when it is gone. */
  pinCheckpoint(id: number, pinned: boolean): void {
    writing(this.path, 'which checkpoints are pinned', () => this.#checkpoints.pin(id, pinned))
  }

  /** Loads and verifies a checkpoint. Throws a `DamagedCheckpointError` naming the tensors at fault. */
  loadCheckpoint(id: number): LoadedCheckpoint {
    return reading(this.path, () => this.#checkpoints.load(id))
  }

  /** The newest intact checkpoint, null when there is none, and what is wrong with each newer one. */
  loadNewestGoodCheckpoint(): { checkpoint: LoadedCheckpoint | null; problems: string[] } {
    return reading(this.path, () => this.#checkpoints.loadNewestGood())
  }

  /** Checks the whole file: SQLite's own structures, then every tensor of every checkpoint. */
  verify(): VerifyReport {
    const { id } = reading(this.path, () => readRow(this.#connection, this.path))
    try {
      return reading(this.path, () => {
        const answer = this.#connection.pragma('integrity_check', { simple: true })
        return { runId: id, fileIntact: answer === 'ok', checkpoints: this.#checkpoints.verify() }
      })
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error
      return { runId: id, fileIntact: false, checkpoints: [] }
    }
  }

  close(): void {
    this.#connection.close()
    this.#place.release()
  }

  #qualitiesOf(connection: Connection): Qualities {
    return new Qualities(connection, this.path, this.#checkpoints, (body) => this.recordEvent(body))
  }
}
