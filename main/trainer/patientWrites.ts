import type { StorageTrouble } from '../../shared/domain/storageTrouble'
import { StorageError } from '../store/storageError'
import type { Control } from './control'

/** Milliseconds between two tries of its own, while nobody presses Resume. */
const RETRY_MS = 10_000

/** Puts right what kept a write from being done, if it can; true where the write is to be tried again at once. */
export type Mend = (error: StorageError) => boolean

/** Hears what keeps the run from being written, and null once that has passed. */
export type TroubleListener = (trouble: StorageTrouble | null) => void

/**
 * Writes that wait where they cannot be done for now, as on a full disk: training stands still with all it has in
 * memory, tries again when a person resumes and now and then by itself, and goes on as if nothing had been.
 */
export class PatientWrites {
  readonly #control: Control
  readonly #mend: Mend
  readonly #retryMs: number
  readonly #listeners = new Set<TroubleListener>()
  #trouble: StorageTrouble | null = null

  constructor(control: Control, { mend = (() => false) as Mend, retryMs = RETRY_MS } = {}) {
    this.#control = control
    this.#mend = mend
    this.#retryMs = retryMs
  }

  /** What keeps training waiting at this moment. */
  get trouble(): StorageTrouble | null {
    return this.#trouble
  }

  /** Adds a listener; the returned function takes it away. */
  observe(listener: TroubleListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Does `write`, which must leave nothing behind when it throws, until it goes well. Throws what it throws where that
   * cannot pass, or once a person wants training to stop: then what could not be stored is lost.
   */
  async do<T>(write: () => T): Promise<T> {
    try {
      for (;;) {
        try {
          return this.now(write)
        } catch (error) {
          if (!(error instanceof StorageError) || this.#control.wish === 'stop') throw error
          this.#tell(error.trouble)
          await this.#nextTry()
        }
      }
    } finally {
      if (this.#trouble !== null) this.#tell(null)
    }
  }

  /** Does `write` now: what cannot be mended at once is thrown. */
  now<T>(write: () => T): T {
    try {
      return write()
    } catch (error) {
      if (!(error instanceof StorageError) || !this.#mend(error)) throw error
      return write()
    }
  }

  /** Resolves at a person's next command, or after a while. */
  async #nextTry(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const later = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#retryMs)
    })
    await Promise.race([this.#control.nextCommand(), later])
    clearTimeout(timer)
  }

  #tell(trouble: StorageTrouble | null): void {
    if (this.#trouble?.message === trouble?.message) return
    this.#trouble = trouble
    for (const listener of this.#listeners) listener(trouble)
  }
}
