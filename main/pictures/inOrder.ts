/** What became of one item: its result, or what its work threw. */
export type Outcome<T, R> = { item: T } & ({ ok: true; result: R } | { ok: false; error: unknown })

/**
 * Works on `atOnce` items at a time and yields the outcomes in the items' order. Leaving the loop early starts
 * no further work; what was started ends unheard.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<Outcome<T, R>, void, undefined> {
  const started: Promise<Outcome<T, R>>[] = []
  let next = 0
  const start = async (item: T): Promise<Outcome<T, R>> => {
    try {
      return { item, ok: true, result: await work(item) }
    } catch (error) {
      return { item, ok: false, error }
    }
  }
  while (next < items.length || started.length > 0) {
    while (started.length < atOnce && next < items.length) started.push(start(items[next++]!))
    yield await started.shift()!
  }
}
