import { tick } from 'svelte'
import type { App } from './app.svelte'
import type { ArrangedRun } from './arrangeRuns'
import type { VirtualRows } from './virtualRows.svelte'

/** What covers the top of a list while it scrolls, pixels. */
const HEAD_HEIGHT = 48

/** How many runs further a key leads in a list of `columns` a row; null for keys that lead nowhere. */
export function stepOf(
  key: string,
  columns: number,
  place: { at: number; count: number; rowsOfPage: number },
): number | null {
  const { at, count, rowsOfPage } = place
  switch (key) {
    case 'ArrowRight':
      return columns > 1 ? 1 : null
    case 'ArrowLeft':
      return columns > 1 ? -1 : null
    case 'ArrowDown':
      return columns
    case 'ArrowUp':
      return -columns
    case 'PageDown':
      return columns * rowsOfPage
    case 'PageUp':
      return -columns * rowsOfPage
    case 'Home':
      return -at
    case 'End':
      return count - 1 - at
    default:
      return null
  }
}

/** The keyboard in a list of runs: one stop for Tab, arrows from run to run, F2 renames, Delete deletes. */
export class RunKeys {
  readonly #app: App
  readonly #rows: VirtualRows
  readonly #columns: () => number
  #element: HTMLElement | null = null

  constructor(app: App, rows: VirtualRows, columns: () => number) {
    this.#app = app
    this.#rows = rows
    this.#columns = columns
  }

  /** For the list's element. */
  readonly follow = (element: HTMLElement) => {
    this.#element = element
    return () => (this.#element = null)
  }

  /** The run that Tab comes to: the one that the keyboard was at, or the first that is drawn. */
  tabStop(visible: readonly ArrangedRun[]): string | null {
    const { current } = this.#app.history
    const there = visible.some(({ run }) => run.id === current)
    return there ? current : (visible[0]?.run.id ?? null)
  }

  press(event: KeyboardEvent): void {
    const { target, key } = event
    if (!(target instanceof HTMLElement) || target.dataset.run === undefined) return
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const { history } = this.#app
    const at = history.shown.findIndex(({ run }) => run.id === target.dataset.run)
    const run = history.shown[at]?.run
    if (run === undefined) return
    const columns = this.#columns()
    const rowsOfPage = Math.max(1, this.#rows.end - this.#rows.first - 9)
    const step = stepOf(key, columns, { at, count: history.shown.length, rowsOfPage })
    if (step !== null) void this.#goTo(Math.min(history.shown.length - 1, Math.max(0, at + step)))
    else if (key === 'F2') history.renaming = run.id
    else if (key === 'Delete') {
      if (run.state !== 'training' && !this.#app.queued.includes(run.id)) this.#remove(at)
    } else if (key === 'ContextMenu' || (key === 'F10' && event.shiftKey)) {
      this.#menuOf(run.id)?.click()
    } else return
    event.preventDefault()
  }

  #remove(at: number): void {
    const { history } = this.#app
    this.#app.attempt(async () => {
      await history.remove(history.shown[at]!.run)
      // The run that moved up takes the keyboard.
      if (history.shown.length > 0) await this.#goTo(Math.min(at, history.shown.length - 1))
    })
  }

  async #goTo(place: number): Promise<void> {
    const { history } = this.#app
    const run = history.shown[place]?.run
    if (run === undefined) return
    history.current = run.id
    this.#rows.reveal(Math.floor(place / this.#columns()), HEAD_HEIGHT)
    await tick()
    this.#open(run.id)?.focus({ preventScroll: true })
  }

  #open(id: string): HTMLElement | null {
    return this.#element?.querySelector<HTMLElement>(`[data-run="${CSS.escape(id)}"]`) ?? null
  }

  #menuOf(id: string): HTMLElement | null {
    return (
      this.#open(id)?.closest('article, [role="row"]')?.querySelector<HTMLElement>('[data-menu]') ??
      null
    )
  }
}
