import type { RunChanges, RunSummary } from '../../shared/domain/run'
import { getLocale } from '../messages/generated/runtime.js'
import type { App } from './app.svelte'
import {
  arrangeRuns,
  branchCounts,
  choicesOf,
  NO_FILTER,
  SORT_KEYS,
  type RunFilter,
  type Sort,
  type SortKey,
} from './arrangeRuns'
import { Thumbnails } from './thumbnails'

/** Ways to look at the runs. */
export const VIEWS = ['grid', 'table'] as const
/** One of {@link VIEWS}. */
export type View = (typeof VIEWS)[number]

/** Most runs that can be compared. */
export const MOST_COMPARED = 4
/** How long a deletion can be taken back at a click; from the trash, a week. */
const UNDO_MS = 12_000

const VIEW_KEY = 'sprout.history.view'
const SORT_KEY = 'sprout.history.sort'

/** The list of runs as the person looks at it: what is shown, in which order, and what was picked. */
export class History {
  readonly thumbnails: Thumbnails
  view: View = $state(storedView())
  sort: Sort = $state.raw(storedSort())
  filter: RunFilter = $state.raw(NO_FILTER)
  /** Ids of the runs picked to be compared, in the order of picking. */
  picked: string[] = $state.raw([])
  /** The run that the keyboard is at. */
  current: string | null = $state(null)
  /** The run whose name is being edited. */
  renaming: string | null = $state(null)
  /** Deleted a moment ago, and easily had back. */
  deleted: { id: string; name: string }[] = $state.raw([])
  readonly #app: App
  #undoTimer: ReturnType<typeof setTimeout> | undefined

  constructor(app: App) {
    this.#app = app
    this.thumbnails = new Thumbnails(app.bridge.library)
  }

  readonly #runs = $derived.by(() => this.#app.runs ?? [])
  readonly shown = $derived.by(() => arrangeRuns(this.#runs, this.filter, this.sort, getLocale()))
  readonly choices = $derived.by(() => choicesOf(this.#runs, getLocale()))
  readonly branches = $derived(branchCounts(this.#runs))
  readonly filtered = $derived(
    Object.entries(NO_FILTER).some(([key, none]) => this.filter[key as keyof RunFilter] !== none),
  )
  /** The run whose family is shown. */
  readonly family = $derived.by(() => {
    const { family } = this.filter
    return family === null ? null : (this.#runs.find(({ id }) => id === family) ?? null)
  })
  readonly pickedRuns = $derived.by(() =>
    this.picked.flatMap((id) => this.#runs.find((run) => run.id === id) ?? []),
  )

  narrow(changes: Partial<RunFilter>): void {
    this.filter = { ...this.filter, ...changes }
  }

  /** Shows a run with those that it branched from and that branched from it, as a tree. */
  showFamily(run: RunSummary): void {
    this.filter = { ...NO_FILTER, family: run.id }
    this.look('table')
  }

  showAll(): void {
    this.filter = NO_FILTER
  }

  look(view: View): void {
    this.view = view
    localStorage.setItem(VIEW_KEY, view)
  }

  /** Orders by a key; by the same key again, the other way round. */
  sortBy(key: SortKey, reversed = this.sort.key === key && !this.sort.reversed): void {
    this.sort = { key, reversed }
    localStorage.setItem(SORT_KEY, JSON.stringify(this.sort))
  }

  isPicked(id: string): boolean {
    return this.picked.includes(id)
  }

  /** Picks a run to be compared, or puts it back; a fifth is not taken. */
  pick(id: string): void {
    if (this.isPicked(id)) this.picked = this.picked.filter((each) => each !== id)
    else if (this.picked.length < MOST_COMPARED) this.picked = [...this.picked, id]
  }

  clearPicked(): void {
    this.picked = []
  }

  async change(runId: string, changes: RunChanges): Promise<void> {
    await this.#app.bridge.library.client.updateRun({ runId, changes })
    await this.#app.refreshRuns()
  }

  /** Ends renaming in place; an empty name, or the one it has, changes nothing. */
  async rename(run: RunSummary, name: string): Promise<void> {
    this.renaming = null
    const wanted = name.trim()
    if (wanted !== '' && wanted !== run.name) await this.change(run.id, { name: wanted })
  }

  /** Opens the form of a new run with this one's settings. */
  duplicate({ config, datasetSource }: RunSummary): void {
    this.#app.go({ screen: 'new', from: { config, source: datasetSource } })
  }

  /** Moves a run to the trash; for a while it is had back at a click. */
  async remove(run: RunSummary): Promise<void> {
    await this.#app.bridge.library.client.trashRun({ runId: run.id })
    this.picked = this.picked.filter((id) => id !== run.id)
    this.deleted = [...this.deleted, { id: run.id, name: run.name }]
    this.keepUndo()
    await this.#app.refreshRuns()
  }

  /** Puts the runs that were deleted a moment ago back in their places. */
  async undo(): Promise<void> {
    const { deleted } = this
    this.forgetDeleted()
    for (const { id } of deleted) await this.#app.bridge.library.client.restoreRun({ runId: id })
    await this.#app.refreshRuns()
  }

  /** Lets the offer to undo stand for its whole time again. */
  keepUndo(): void {
    clearTimeout(this.#undoTimer)
    this.#undoTimer = setTimeout(() => this.forgetDeleted(), UNDO_MS)
  }

  /** Holds the offer to undo, as while the pointer is over it. */
  holdUndo(): void {
    clearTimeout(this.#undoTimer)
  }

  /** The runs stay in the trash. */
  forgetDeleted(): void {
    clearTimeout(this.#undoTimer)
    this.deleted = []
  }
}

function storedView(): View {
  const stored = localStorage.getItem(VIEW_KEY)
  return VIEWS.find((view) => view === stored) ?? 'grid'
}

function storedSort(): Sort {
  try {
    const { key, reversed } = JSON.parse(localStorage.getItem(SORT_KEY) ?? '{}') as Partial<Sort>
    const known = SORT_KEYS.find((each) => each === key)
    if (known !== undefined) return { key: known, reversed: reversed === true }
  } catch {
    // What is stored is none of ours.
  }
  return { key: 'activity', reversed: false }
}
