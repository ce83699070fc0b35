import type { StoredCheckpoint } from '../../shared/domain/storedCheckpoint'
import type { Library, Trainer } from '../bridge'

/** Something that can be done with a checkpoint, and its words. */
export type CheckpointAction = { label: string; testid: string; act: () => void }

/** A run's checkpoints as they lie in its file. */
export class Checkpoints {
  /** Oldest first. */
  list: StoredCheckpoint[] = $state.raw([])
  readonly #library: Library
  readonly #runId: string
  #reading = 0

  constructor(library: Library, runId: string) {
    this.#library = library
    this.#runId = runId
  }

  async read(): Promise<void> {
    const reading = ++this.#reading
    const list = await this.#library.client.listCheckpoints({ runId: this.#runId })
    if (reading === this.#reading) this.list = list
  }

  /** Keeps a checkpoint for good, or no longer. While the run trains, its trainer writes that down. */
  async pin(checkpointId: number, pinned: boolean, trainer: Trainer | null): Promise<void> {
    const asked = { checkpointId, pinned }
    if (trainer !== null) await trainer.client.pinCheckpoint(asked)
    else await this.#library.client.pinCheckpoint({ runId: this.#runId, ...asked })
    await this.read()
  }
}
