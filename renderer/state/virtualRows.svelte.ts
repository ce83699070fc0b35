/** Rows drawn above and below what is seen, so that scrolling finds them there. */
const SPARE_ROWS = 4

/** The rows of a long list that are near what is seen: from `first` to before `end`. */
export function rowsInSight(
  count: number,
  rowHeight: number,
  /** Pixels of the list above the window's top edge; negative while its top is below that. */
  scrolled: number,
  windowHeight: number,
): { first: number; end: number } {
  const first = Math.floor(scrolled / rowHeight) - SPARE_ROWS
  const end = Math.ceil((scrolled + windowHeight) / rowHeight) + SPARE_ROWS
  const within = (row: number) => Math.min(count, Math.max(0, row))
  return { first: within(first), end: within(end) }
}

/**
 * A list of equally high rows that scrolls with the page and of which only the rows near what is seen exist. Rows of
 * one height need no measuring, so that a thousand of them cost what thirty cost.
 */
export class VirtualRows {
  #scrolled = $state(0)
  #windowHeight = $state(0)
  readonly #count: () => number
  readonly #rowHeight: () => number
  #element: HTMLElement | null = null

  constructor(count: () => number, rowHeight: () => number) {
    this.#count = count
    this.#rowHeight = rowHeight
  }

  readonly #sight = $derived.by(() =>
    rowsInSight(this.#count(), this.#rowHeight(), this.#scrolled, this.#windowHeight),
  )
  readonly first = $derived(this.#sight.first)
  readonly end = $derived(this.#sight.end)
  readonly height = $derived.by(() => this.#count() * this.#rowHeight())
  readonly offset = $derived.by(() => this.first * this.#rowHeight())

  /** For the list's element: follows where it is in the window. */
  readonly follow = (element: HTMLElement) => {
    this.#element = element
    const look = () => this.#look()
    look()
    const observer = new ResizeObserver(look)
    observer.observe(document.body)
    window.addEventListener('scroll', look, { passive: true })
    window.addEventListener('resize', look)
    return () => {
      observer.disconnect()
      window.removeEventListener('scroll', look)
      window.removeEventListener('resize', look)
      this.#element = null
    }
  }

  #look(): void {
    if (this.#element === null) return
    this.#scrolled = -this.#element.getBoundingClientRect().top
    this.#windowHeight = window.innerHeight
  }

  /** Scrolls as little as brings a row into sight, clear of `headHeight` pixels at the top that something covers. */
  reveal(row: number, headHeight = 0): void {
    if (this.#element === null) return
    const height = this.#rowHeight()
    const top = this.#element.getBoundingClientRect().top + row * height
    const below = top + height - window.innerHeight
    if (top < headHeight) window.scrollBy({ top: top - headHeight - 8 })
    else if (below > 0) window.scrollBy({ top: below + 8 })
    // At once: the row is to be there when this returns.
    this.#look()
  }
}
