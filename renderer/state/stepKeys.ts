/** Steps of the Page keys. */
const PAGE = 10

/** Where `key` leads from `index` on a slider of `count` steps; null for a key that leads nowhere. */
export function stepKeys(key: string, index: number, count: number): number | null {
  const to: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowDown: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index + 1,
    PageDown: index - PAGE,
    PageUp: index + PAGE,
    Home: 0,
    End: count - 1,
  }
  const wanted = to[key]
  return wanted === undefined ? null : Math.min(count - 1, Math.max(0, wanted))
}
