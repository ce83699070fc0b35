import type { QualityPoint } from '../../shared/domain/quality'
import type { TrainEvent, TrainEventBody } from '../../shared/domain/trainEvent'
import type { Checkpoints } from './checkpoints'
import { writing, type Connection } from './database'
import { bestIds, byQuality, qualityHistory, type QualityRow } from './qualityRows'

/** The quality of one run file's checkpoints, and what follows from it. */
export class Qualities {
  readonly #connection: Connection
  readonly #path: string
  readonly #checkpoints: Checkpoints
  readonly #recordEvent: (body: TrainEventBody) => TrainEvent

  /** `path` is for messages; `recordEvent` stores an event of the run. */
  constructor(
    connection: Connection,
    path: string,
    checkpoints: Checkpoints,
    recordEvent: (body: TrainEventBody) => TrainEvent,
  ) {
    this.#connection = connection
    this.#path = path
    this.#checkpoints = checkpoints
    this.#recordEvent = recordEvent
  }

  /**
   * Stores a checkpoint's quality with an event that tells of it, both or neither, and lets go of what was the best
   * before. Null when the checkpoint is gone.
   */
  record(checkpointId: number, distance: number): TrainEvent | null {
    const checkpoint = this.#checkpoints.qualities().find(({ id }) => id === checkpointId)
    if (checkpoint === undefined || checkpoint.resolution === null) return null
    const { imagesSeen, resolution } = checkpoint
    const store = this.#connection.transaction(() => {
      this.#checkpoints.setQuality(checkpointId, distance)
      const best = bestIds(this.#checkpoints.qualities()).has(checkpointId)
      return this.#recordEvent({ kind: 'quality', imagesSeen, resolution, distance, best })
    })
    const event = writing(this.#path, 'a quality', () => store.immediate())
    this.#checkpoints.thin()
    return event
  }

  /** Keeps a checkpoint that is about to be measured, until {@link record} or {@link release}. */
  hold(checkpointId: number): void {
    this.#checkpoints.hold(checkpointId)
  }

  /** Undoes {@link hold}. */
  release(checkpointId: number): void {
    this.#checkpoints.release(checkpointId)
  }

  /**
   * What the stage after `resolution` may start from: ids of the checkpoints that are still to be measured, and of those
   * that are, best first.
   */
  candidates(resolution: number): { unmeasured: number[]; measured: number[] } {
    const all = this.#checkpoints
      .qualities()
      .filter((row) => row.candidate === 1 && row.resolution === resolution)
    const ids = (rows: readonly QualityRow[]) => rows.map(({ id }) => id)
    return {
      unmeasured: ids(all.filter(({ quality }) => quality === null)),
      measured: ids(byQuality(all, resolution)),
    }
  }

  /** All measurements that count, oldest first. */
  history(): QualityPoint[] {
    return qualityHistory(this.#connection)
  }
}
