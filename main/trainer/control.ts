/** What a person wants of a run that trains. */
type Wish = 'train' | 'pause' | 'stop'

/**
 * The levers of one run's training loop. Commands may come at any moment; the loop looks between steps, and a
 * call of several steps ends early since {@link signal} is aborted.
 */
export class Control {
  #wish: Wish = 'train'
  #interrupt = new AbortController()
  #wake: (() => void)[] = []
  #checkpointWanted = false
  #sampleWanted = false
  /** Images that went through; the loop keeps it, for what is written down between its own events. */
  imagesSeen = 0

  /** Aborted while the loop should leave its steps and look at what is wanted. */
  get signal(): AbortSignal {
    return this.#interrupt.signal
  }

  get wish(): Wish {
    return this.#wish
  }

  /** Pauses after the step at hand. No effect once stopping. */
  pause(): void {
    this.#change('pause')
  }

  /** Goes on after a pause. No effect once stopping. */
  resume(): void {
    this.#change('train')
  }

  /** Ends the loop after the step at hand, with a checkpoint. Cannot be taken back. */
  stop(): void {
    this.#change('stop')
  }

  /** Asks for a checkpoint after the step at hand, without waiting for the interval. */
  wantCheckpoint(): void {
    this.#checkpointWanted = true
    this.#interrupt.abort()
    this.#notify()
  }

  /** Asks for a mosaic after the step at hand. */
  wantSample(): void {
    this.#sampleWanted = true
    this.#interrupt.abort()
    this.#notify()
  }

  /** True once for each {@link wantCheckpoint}; the loop saves one when it is. */
  takeCheckpointWish(): boolean {
    const wanted = this.#checkpointWanted
    this.#checkpointWanted = false
    this.#goOn()
    return wanted
  }

  /** True once for each {@link wantSample}; the loop draws a mosaic when it is. */
  takeSampleWish(): boolean {
    const wanted = this.#sampleWanted
    this.#sampleWanted = false
    this.#goOn()
    return wanted
  }

  /** Resolves at the next command; for a loop that is paused. */
  nextCommand(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  #goOn(): void {
    const waiting = this.#checkpointWanted || this.#sampleWanted
    if (this.#wish === 'train' && !waiting) this.#interrupt = new AbortController()
  }

  #change(wish: Wish): void {
    if (this.#wish === 'stop') return
    this.#wish = wish
    if (wish === 'train') this.#interrupt = new AbortController()
    else this.#interrupt.abort()
    this.#notify()
  }

  #notify(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const resolve of waiting) resolve()
  }
}
