import type { RunSummary } from '../../shared/domain/run'

/** What became of the runs since an earlier look. */
export type ListChanges = { revision: number; changed: RunSummary[]; ids: string[] }

/**
 * Numbers the changes of a list of runs, so that whoever saw it before is told only of what changed. Numbers begin at
 * the time of day, so that those of an earlier process are all smaller.
 */
export class RunList {
  readonly #known = new Map<string, { run: RunSummary; revision: number }>()
  #revision = Date.now()

  /** `runs` are all there are; one that has not changed must be the same object as before. */
  since(runs: readonly RunSummary[], revision: number): ListChanges {
    const next = this.#revision + 1
    const ids = new Set(runs.map((run) => run.id))
    for (const run of runs) {
      if (this.#known.get(run.id)?.run === run) continue
      this.#known.set(run.id, { run, revision: next })
      this.#revision = next
    }
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    const changed = runs.filter((run) => this.#known.get(run.id)!.revision > revision)
    return { revision: this.#revision, changed, ids: [...ids] }
  }
}
