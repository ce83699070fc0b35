import { writing, type Connection } from './database'

/** Writes between two commits: enough to make commits cheap, few enough to redo after a crash. */
const BATCH_WRITES = 256
/** Bytes between two commits. */
const BATCH_BYTES = 16 << 20

/** Gathers the writes of a dataset file into transactions of a few hundred. */
export class WriteBatch {
  readonly #connection: Connection
  readonly #path: string
  #writes = 0
  #bytes = 0

  /** `path` is for messages. */
  constructor(connection: Connection, path: string) {
    this.#connection = connection
    this.#path = path
  }

  /** Begins a transaction unless there is one. */
  begin(): void {
    if (this.#connection.inTransaction) return
    writing(this.#path, 'the next pictures', () => this.#connection.exec('BEGIN IMMEDIATE'))
  }

  /** Adds one write, which answers the bytes it took, to what was begun; commits once there are enough. */
  add(write: () => number): void {
    this.#bytes += write()
    this.#writes++
    if (this.#writes >= BATCH_WRITES || this.#bytes >= BATCH_BYTES) this.commit()
  }

  /** Commits what was added. */
  commit(): void {
    if (this.#connection.inTransaction) {
      writing(this.#path, 'the last pictures', () => this.#connection.exec('COMMIT'))
    }
    this.#writes = this.#bytes = 0
  }

  /** Drops what was added and not committed: half a picture must not be committed with the whole ones. */
  undo(): void {
    if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK')
    this.#writes = this.#bytes = 0
  }
}
