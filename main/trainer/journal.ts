import type { SettingsChange } from '../../shared/domain/settingsChange'
import type { TrainEvent, TrainEventBody } from '../../shared/domain/trainEvent'
import type { RunFile } from '../store/runFile'

/** Hears of each event once it is stored. */
export type Observer = (event: TrainEvent) => void

/** Writes a run's events down, then tells whoever listens; nothing is shown that is not stored. */
export class Journal {
  readonly #run: RunFile
  readonly #observers = new Set<Observer>()

  constructor(run: RunFile) {
    this.#run = run
  }

  /** Adds an observer; the returned function takes it away. Its errors reach whoever records. */
  observe(observer: Observer): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  record(body: TrainEventBody): void {
    this.#tell(this.#run.recordEvent(body))
  }

  /** Changes the run's settings at `imagesSeen` and tells what changed, if anything did. Throws as {@link withChange}. */
  changeSettings(change: SettingsChange, imagesSeen: number): void {
    const event = this.#run.changeSettings(change, imagesSeen)
    if (event !== null) this.#tell(event)
  }

  /** Stores a checkpoint's quality and tells of it, unless the checkpoint is gone. */
  recordQuality(checkpointId: number, distance: number): void {
    const event = this.#run.qualities.record(checkpointId, distance)
    if (event !== null) this.#tell(event)
  }

  #tell(event: TrainEvent): void {
    for (const observer of this.#observers) observer(event)
  }
}
