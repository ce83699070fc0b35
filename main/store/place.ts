import { closeSync, fstatSync, openSync, statSync } from 'node:fs'
import { goneError } from './storageError'

/** Tells whether an open file is still the one at its path: where it is not, what is written to it is lost. */
export class Place {
  readonly #path: string
  readonly #identity: string | null
  readonly #logIdentity: string | null
  #held: number | null = null

  /** Of the file that is at `path` now; its log, where it has one, is there as well. */
  constructor(path: string) {
    this.#path = path
    this.#identity = identityOf(path)
    this.#logIdentity = identityOf(`${path}-wal`)
  }

  /** Throws a `StorageError` when the file was moved, deleted or replaced. */
  check(): void {
    if (!this.isThere) throw goneError(this.#path)
  }

  get isThere(): boolean {
    return identityOf(this.#path) === this.#identity
  }

  /**
   * Keeps hold of the file itself, so that {@link wasDeleted} can tell. To be let go of by {@link release}, after the
   * last connection of this process to the file is closed: a system forgets all locks that a process has on a file when
   * it closes it once.
   */
  hold(): void {
    this.#held ??= openSync(this.#path, 'r')
  }

  /** Whether the file that is held has no name left anywhere; one that was only moved has. */
  get wasDeleted(): boolean {
    return this.#held !== null && fstatSync(this.#held).nlink === 0
  }

  /** Whether what lies beside the path as a log is that of the file, and not of one that was put there since. */
  get logIsOurs(): boolean {
    return identityOf(`${this.#path}-wal`) === this.#logIdentity
  }

  release(): void {
    if (this.#held !== null) closeSync(this.#held)
    this.#held = null
  }
}

function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? null : `${found.dev} ${found.ino}`
}
