import { SvelteMap } from 'svelte/reactivity'
import type { Library } from '../bridge'

/** A picture must be wanted for so long before it is asked for: rows that fly past ask for nothing. */
const SETTLE_MS = 60
/** Most pictures kept. */
const MOST_KEPT = 400

/** Thumbnails of runs, asked for when they come into sight and kept for a while. */
export class Thumbnails {
  readonly #library: Library
  readonly #kept = new SvelteMap<string, { seq: number; url: string }>()

  constructor(library: Library) {
    this.#library = library
  }

  /** The address of the newest picture known of a run; null while there is none. */
  url(runId: string): string | null {
    return this.#kept.get(runId)?.url ?? null
  }

  /** Asks for a run's picture unless that of this mosaic is here; the returned function takes the wish back. */
  want(runId: string, seq: number | null): () => void {
    if (seq === null || this.#kept.get(runId)?.seq === seq) return () => {}
    const timer = setTimeout(() => {
      this.#fetch(runId, seq).catch(() => {
        // A run that is gone meanwhile; the list will say so.
      })
    }, SETTLE_MS)
    return () => clearTimeout(timer)
  }

  async #fetch(runId: string, seq: number): Promise<void> {
    const bytes = await this.#library.client.thumbnail({ runId })
    if (bytes === null) return
    const before = this.#kept.get(runId)
    const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'image/webp' }))
    this.#kept.delete(runId)
    this.#kept.set(runId, { seq, url })
    if (before !== undefined) URL.revokeObjectURL(before.url)
    const [oldest] = this.#kept
    if (this.#kept.size <= MOST_KEPT || oldest === undefined) return
    URL.revokeObjectURL(oldest[1].url)
    this.#kept.delete(oldest[0])
  }
}
