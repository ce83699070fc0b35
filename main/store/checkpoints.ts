import { because, explained, ExplainedError } from '../../shared/domain/explanation'
import type { CheckpointInfo, VerifyReport } from '../../shared/domain/run'
import type { StoredCheckpoint } from '../../shared/domain/storedCheckpoint'
import type { Resolution } from '../../shared/domain/resolution'
import { isNonsense, writing, type Connection } from './database'
import { bestIds, idsToKeep, qualityRows, type QualityRow } from './qualityRows'
import { storageErrorOf } from './storageError'
import { insertTensors, readTensor, type StoredTensor, type TakeTensor } from './tensorRows'

/** A checkpoint with its tensors, in the order in which they were saved. */
export type LoadedCheckpoint = {
  info: CheckpointInfo
  tensors: ReadonlyMap<string, StoredTensor>
}

/** What is saved as one checkpoint. */
export type NewCheckpoint = Pick<CheckpointInfo, 'kind' | 'imagesSeen' | 'step'> & {
  tensors: ReadonlyMap<string, StoredTensor>
  /** Of its layers; null where it is not known. */
  resolution?: Resolution | null
  /** The next stage may start from it. */
  candidate?: boolean
}

/** A checkpoint whose bytes are not those that were saved. */
export class DamagedCheckpointError extends ExplainedError {
  override readonly name = 'DamagedCheckpointError'
  readonly checkpoint: CheckpointInfo
  readonly problems: readonly string[]

  constructor(path: string, checkpoint: CheckpointInfo, problems: readonly string[]) {
    super(because('checkpoint_damaged', { file: path, detail: problems.join(' ') }))
    this.checkpoint = checkpoint
    this.problems = problems
  }
}

/** Regular checkpoints that are kept; stages' ends, the final one, the best and pinned ones are kept as well. */
const REGULAR_KEPT = 3

const INFO_COLUMNS = 'id, images_seen AS imagesSeen, step, kind, created_at AS createdAt'

/** The checkpoints of one run file. */
export class Checkpoints {
  readonly #connection: Connection
  readonly #path: string
  /** Those that are not thinned out for now. */
  readonly #held: Set<number>

  constructor(connection: Connection, path: string, held = new Set<number>()) {
    this.#connection = connection
    this.#path = path
    this.#held = held
  }

  /** The same of a file that was written anew. */
  movedTo(connection: Connection): Checkpoints {
    return new Checkpoints(connection, this.#path, this.#held)
  }

  /** All checkpoints, oldest first. */
  list(): CheckpointInfo[] {
    return this.#connection
      .prepare<[], CheckpointInfo>(`SELECT ${INFO_COLUMNS} FROM checkpoints ORDER BY id`)
      .all()
  }

  /** All checkpoints with their sizes and whether they are pinned, oldest first. */
  stored(): StoredCheckpoint[] {
    const best = bestIds(this.qualities())
    return this.#connection
      .prepare<[], Omit<StoredCheckpoint, 'pinned' | 'best'> & { pinned: number }>(
        `SELECT ${INFO_COLUMNS}, pinned, quality,
           (SELECT coalesce(sum(length(data)), 0) FROM tensors WHERE checkpoint_id = checkpoints.id) AS bytes
         FROM checkpoints ORDER BY id`,
      )
      .all()
      .map((row) => ({ ...row, pinned: row.pinned === 1, best: best.has(row.id) }))
  }

  /** What is known of the quality of each, oldest first. */
  qualities(): QualityRow[] {
    return qualityRows(this.#connection)
  }

  /** Keeps a checkpoint until {@link setQuality} or {@link release}, however many are saved meanwhile. */
  hold(id: number): void {
    this.#held.add(id)
  }

  /** Undoes {@link hold}. */
  release(id: number): void {
    this.#held.delete(id)
  }

  /** Stores a checkpoint's quality and ends its {@link hold}; what it is better than goes with the next {@link thin}. */
  setQuality(id: number, distance: number): void {
    this.#connection.prepare('UPDATE checkpoints SET quality = ? WHERE id = ?').run(distance, id)
    this.release(id)
  }

  /** Keeps a checkpoint for good, or no longer: then it goes with the others of its age. Throws when it is gone. */
  pin(id: number, pinned: boolean): void {
    const { changes } = this.#connection
      .prepare('UPDATE checkpoints SET pinned = ? WHERE id = ?')
      .run(pinned ? 1 : 0, id)
    if (changes === 0) {
      throw explained('checkpoint_gone', { file: this.#path, id: `${id}` })
    }
  }

  /**
   * Saves in one transaction that is on the disk when this returns, then thins older ones out.
   */
  save(checkpoint: NewCheckpoint): CheckpointInfo {
    const connection = this.#connection
    const insert = connection.transaction(() =>
      insertCheckpoint(connection, checkpoint, Date.now()),
    )
    const what = `the checkpoint at ${checkpoint.imagesSeen} images`
    // The level can only be changed outside a transaction.
    connection.pragma('synchronous = FULL')
    let info: CheckpointInfo
    try {
      info = writing(this.#path, what, () => insert.immediate())
    } finally {
      connection.pragma('synchronous = NORMAL')
    }
    this.thin()
    return info
  }

  /** Reads and verifies. Throws a {@link DamagedCheckpointError} naming every tensor at fault. */
  load(id: number): LoadedCheckpoint {
    return this.#atOneMoment(() => {
      const info = this.list().find((checkpoint) => checkpoint.id === id)
      if (info === undefined) {
        throw explained('checkpoint_gone', { file: this.#path, id: `${id}` })
      }
      const tensors = new Map<string, StoredTensor>()
      const problems = this.#read(info, (name, tensor) => tensors.set(name, tensor))
      if (problems.length > 0) throw new DamagedCheckpointError(this.#path, info, problems)
      return { info, tensors }
    })
  }

  /**
   * The newest checkpoint that verifies, or null when none does. `problems` tells what is wrong with each newer
   * one that was passed over.
   */
  loadNewestGood(): { checkpoint: LoadedCheckpoint | null; problems: string[] } {
    return this.#atOneMoment(() => {
      const problems: string[] = []
      for (const { id } of this.list().reverse()) {
        try {
          return { checkpoint: this.load(id), problems }
        } catch (error) {
          if (!(error instanceof DamagedCheckpointError)) throw error
          problems.push(error.message)
        }
      }
      return { checkpoint: null, problems }
    })
  }

  /** Reads all, oldest first, and tells what is wrong with each; see {@link problemsOf}. */
  verify(): VerifyReport['checkpoints'] {
    return this.#atOneMoment(() =>
      this.list().map((info) => ({ info, problems: this.problemsOf(info) })),
    )
  }

  /** What is wrong with one checkpoint, a sentence for each tensor at fault; empty when it is intact. */
  problemsOf(info: CheckpointInfo): string[] {
    return this.#read(info, () => undefined)
  }

  /** Gives each intact tensor to `take`, one at a time, and answers what is wrong with the others. */
  #read(info: CheckpointInfo, take: TakeTensor): string[] {
    const where = `of checkpoint ${info.id} (${info.imagesSeen} images)`
    try {
      const expected = this.#connection
        .prepare<[number], number>('SELECT tensor_count FROM checkpoints WHERE id = ?')
        .pluck()
        .get(info.id)!
      const ids = this.#connection
        .prepare<[number], number>('SELECT id FROM tensors WHERE checkpoint_id = ? ORDER BY id')
        .pluck()
        .all(info.id)
      const problems = ids.flatMap((id) => readTensor(this.#connection, id, where, take))
      if (ids.length !== expected) {
        problems.push(`${expected - ids.length} of ${expected} tensors ${where} are missing.`)
      }
      return problems
    } catch (error) {
      if (!isNonsense(error)) throw error
      return [`The list of tensors ${where} cannot be read: ${error.message}.`]
    }
  }

  /** Has `look` see one moment of the file: whoever trains it meanwhile lets go of older checkpoints. */
  #atOneMoment<T>(look: () => T): T {
    if (this.#connection.inTransaction) return look()
    this.#connection.exec('BEGIN')
    try {
      return look()
    } finally {
      // SQLite has ended it already where it met damage.
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK')
    }
  }
  /** Deletes checkpoints that nobody needs; those that cannot be deleted now, as on a full disk, go another time. */
  thin(): void {
    try {
      this.#thin()
    } catch (error) {
      if (storageErrorOf(error, this.#path, '') === null) throw error
    }
  }

  /**
   * Deletes regular checkpoints beyond the last three, but neither the best ones nor what a stage may start from
   * (`idsToKeep`), and none that is damaged: a damaged chain of pages can lead into pages of
   * another checkpoint, which deleting would free.
   */
  #thin(): void {
    const kept = idsToKeep(this.qualities())
    const old = this.#connection
      .prepare<[number], CheckpointInfo>(
        `SELECT * FROM (
           SELECT ${INFO_COLUMNS}, pinned FROM checkpoints WHERE kind = 'regular'
           ORDER BY id DESC LIMIT -1 OFFSET ?
         ) WHERE NOT pinned`,
      )
      .all(REGULAR_KEPT)
    const remove = this.#connection.prepare('DELETE FROM checkpoints WHERE id = ?')
    for (const info of old) {
      if (kept.has(info.id) || this.#held.has(info.id)) continue
      if (this.problemsOf(info).length === 0) remove.run(info.id)
    }
  }
}

/** Writes a checkpoint's rows; the caller wraps it in a transaction. */
export function insertCheckpoint(
  connection: Connection,
  { kind, imagesSeen, step, tensors, resolution = null, candidate = false }: NewCheckpoint,
  createdAt: number,
): CheckpointInfo {
  const { lastInsertRowid } = connection
    .prepare(
      `INSERT INTO checkpoints (images_seen, step, kind, created_at, tensor_count, resolution, candidate)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(imagesSeen, step, kind, createdAt, tensors.size, resolution, candidate ? 1 : 0)
  insertTensors(connection, lastInsertRowid, tensors)
  return { id: Number(lastInsertRowid), imagesSeen, step, kind, createdAt }
}
