import type { FrameCache, Picture } from './frameCache'

/** How a {@link FrameLoader} gets pictures, and how many at a time. */
export type LoaderOptions<T extends Picture> = {
  cache: FrameCache<T>
  /** Pictures by number; those that are gone are left out. */
  fetch(keys: readonly number[]): Promise<ReadonlyMap<number, T>>
  /** Pictures of one question. */
  page: number
  /** Questions at once. */
  atOnce: number
  /** Pictures came. */
  onload(): void
  onerror(error: unknown): void
}

/** Fills a cache in pages with what is wanted most; what is no longer wanted is not asked for. */
export class FrameLoader<T extends Picture> {
  readonly #options: LoaderOptions<T>
  #wanted: readonly number[] = []
  readonly #asked = new Set<number>()
  /** Gone from the run's file: asking again would not help. */
  readonly #missing = new Set<number>()
  #questions = 0
  #closed = false

  constructor(options: LoaderOptions<T>) {
    this.#options = options
  }

  /** Wants these pictures, most urgent first, instead of those wanted before. */
  want(keys: readonly number[]): void {
    this.#wanted = keys
    this.#ask()
  }

  /** Whether a picture will not come. */
  isMissing(key: number): boolean {
    return this.#missing.has(key)
  }

  /** Asks for nothing more; what still comes is let go. */
  close(): void {
    this.#closed = true
    this.#wanted = []
    this.#options.cache.clear()
  }

  #ask(): void {
    const { cache, page, atOnce } = this.#options
    while (this.#questions < atOnce && !this.#closed) {
      const next = this.#wanted
        .filter((key) => !cache.has(key) && !this.#asked.has(key) && !this.#missing.has(key))
        .slice(0, page)
      if (next.length === 0) return
      void this.#load(next)
    }
  }

  async #load(keys: readonly number[]): Promise<void> {
    const { cache, fetch, onload, onerror } = this.#options
    this.#questions++
    for (const key of keys) this.#asked.add(key)
    try {
      const pictures = await fetch(keys)
      for (const key of keys) {
        const picture = pictures.get(key)
        if (picture === undefined) this.#missing.add(key)
        else if (this.#closed) picture.close()
        else cache.put(key, picture)
      }
    } catch (error) {
      // Not at once again: whoever looks next asks anew.
      this.#wanted = []
      if (!this.#closed) onerror(error)
    } finally {
      this.#questions--
      for (const key of keys) this.#asked.delete(key)
    }
    if (this.#closed) return
    onload()
    this.#ask()
  }
}
