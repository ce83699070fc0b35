import type { CheckpointInfo } from '../../shared/domain/run'
import type { SettingsChange } from '../../shared/domain/settingsChange'
import type { TrainEvent, TrainEventBody } from '../../shared/domain/trainEvent'
import type { NewCheckpoint, RunFile } from '../store/runFile'
import type { PatientWrites } from './patientWrites'

/** Hears of each event once it is stored. */
export type Observer = (event: TrainEvent) => void

type State = Extract<TrainEventBody, { kind: 'state' }>['state']

/**
 * All that training writes into its run's file; then whoever listens is told, so that nothing is shown that is not
 * stored. What comes of training waits until it can be stored; what a person asks for is done at once or refused with a
 * `StorageError`.
 */
export class Journal {
  readonly #run: RunFile
  readonly #writes: PatientWrites
  readonly #observers = new Set<Observer>()

  constructor(run: RunFile, writes: PatientWrites) {
    this.#run = run
    this.#writes = writes
  }

  /** Adds an observer; the returned function takes it away. Its errors reach whoever records. */
  observe(observer: Observer): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  async record(body: TrainEventBody): Promise<void> {
    this.#tell(await this.#writes.do(() => this.#run.recordEvent(body)))
  }

  /** {@link record}, at once or not at all. */
  recordNow(body: TrainEventBody): void {
    this.#tell(this.#writes.now(() => this.#run.recordEvent(body)))
  }

  async setState(state: Exclude<State, 'failed'>, imagesSeen: number): Promise<void> {
    await this.#writes.do(() => this.#run.setState(state === 'preparing' ? 'training' : state))
    await this.record({ kind: 'state', imagesSeen, state })
  }

  /** Stores that training failed; where not even that can be done, throws at once. */
  fail(error: Omit<Extract<TrainEventBody, { kind: 'error' }>, 'kind'>): void {
    const { imagesSeen, message } = error
    this.#writes.now(() => this.#run.setState('failed', message))
    this.recordNow({ kind: 'error', ...error })
    this.recordNow({ kind: 'state', imagesSeen, state: 'failed' })
  }

  /** Makes the history end at `imagesSeen`, from where training goes on. */
  async truncateAfter(imagesSeen: number): Promise<void> {
    await this.#writes.do(() => this.#run.truncateAfter(imagesSeen))
  }

  async saveCheckpoint(checkpoint: NewCheckpoint): Promise<CheckpointInfo> {
    const saved = await this.#writes.do(() => this.#run.saveCheckpoint(checkpoint))
    await this.record({ kind: 'checkpoint', checkpoint: saved })
    return saved
  }

  /** Stores a checkpoint's quality and tells of it, unless the checkpoint is gone. */
  async recordQuality(checkpointId: number, distance: number): Promise<void> {
    const event = await this.#writes.do(() => this.#run.qualities.record(checkpointId, distance))
    if (event !== null) this.#tell(event)
  }

  /** Changes the run's settings at `imagesSeen` and tells what changed, if anything did. Throws as `withChange`. */
  changeSettings(change: SettingsChange, imagesSeen: number): void {
    const event = this.#writes.now(() => this.#run.changeSettings(change, imagesSeen))
    if (event !== null) this.#tell(event)
  }

  /** Keeps a checkpoint for good, or no longer. Throws when it is gone. */
  pinCheckpoint(id: number, pinned: boolean): void {
    this.#writes.now(() => this.#run.pinCheckpoint(id, pinned))
  }

  #tell(event: TrainEvent): void {
    for (const observer of this.#observers) observer(event)
  }
}
