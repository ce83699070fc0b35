/** Paints at most once a frame, and then what was asked for last: asking in every frame never puts it off. */
export class Painter {
  #work: (() => void) | null = null
  #frame: number | null = null

  ask(work: () => void): void {
    this.#work = work
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null
      this.#work?.()
    })
  }

  /** Paints nothing more, unless asked again. */
  stop(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame)
    this.#frame = null
    this.#work = null
  }
}
