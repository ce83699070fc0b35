/** Does what it is given one after the other, whatever becomes of each. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve()

  /** Does `work` in its turn; answers its result or fails as it does. */
  readonly take = <T>(work: () => Promise<T>): Promise<T> => {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }
}
