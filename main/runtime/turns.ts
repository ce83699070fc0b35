/** Work that takes turns: each begins when what was asked for before it has ended, well or not. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Does `work` in its turn; answers its result or fails as it does. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }
}
