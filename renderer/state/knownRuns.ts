import type { RunSummary } from '../../shared/domain/run'
import type { Library } from '../bridge'

/** The library's runs as this window knows them, brought up to date by what changed alone. */
export class KnownRuns {
  readonly #library: Library
  readonly #runs = new Map<string, RunSummary>()
  #list: RunSummary[] = []
  #revision = 0
  #refreshing: Promise<RunSummary[]> = Promise.resolve([])

  constructor(library: Library) {
    this.#library = library
  }

  /** All runs; the same array as before when nothing changed. One look at a time, so that an older one never wins. */
  refresh(): Promise<RunSummary[]> {
    const next = this.#refreshing.catch(() => {}).then(() => this.#look())
    this.#refreshing = next
    return next
  }

  async #look(): Promise<RunSummary[]> {
    const answer = await this.#library.client.runsSince({ revision: this.#revision })
    this.#revision = answer.revision
    const known = answer.ids.length === this.#list.length && answer.changed.length === 0
    for (const run of answer.changed) this.#runs.set(run.id, run)
    const ids = new Set(answer.ids)
    for (const id of this.#runs.keys()) if (!ids.has(id)) this.#runs.delete(id)
    if (!known) this.#list = [...this.#runs.values()]
    return this.#list
  }
}
