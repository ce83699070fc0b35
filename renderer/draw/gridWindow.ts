/** A wall of square tiles in rows, of which only those near what is seen are on the page. Lengths in CSS pixels. */
export type Wall = {
  columns: number
  /** Side of a tile. */
  tile: number
  gap: number
  /** Tiles in all. */
  count: number
}

/** Browsers lay out no more than about 33 million pixels of height. */
const MOST_HEIGHT = 16_000_000

/** Tiles of side `tile` that fit a row of `width`; at least one. */
export function columnsFor(width: number, tile: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (tile + gap)))
}

/** Most tiles that one wall can have. */
export function mostTiles(columns: number, tile: number, gap: number): number {
  return columns * Math.floor(MOST_HEIGHT / (tile + gap))
}

/** Height of the whole wall. */
export function wallHeight({ columns, tile, gap, count }: Wall): number {
  const rows = Math.ceil(count / columns)
  return Math.max(0, rows * (tile + gap) - gap)
}

/** First and last row (exclusive) that are seen, with `around` rows more on both sides. */
export function rowsSeen(
  wall: Wall,
  scrollTop: number,
  height: number,
  around: number,
): { from: number; to: number } {
  const step = wall.tile + wall.gap
  const rows = Math.ceil(wall.count / wall.columns)
  const from = Math.floor(scrollTop / step) - around
  const to = Math.ceil((scrollTop + height) / step) + around
  return { from: Math.min(rows, Math.max(0, from)), to: Math.min(rows, Math.max(0, to)) }
}

/** Where to scroll so that a tile is seen whole; the place at hand where it is already. */
export function scrollTo(wall: Wall, tile: number, scrollTop: number, height: number): number {
  const top = Math.floor(tile / wall.columns) * (wall.tile + wall.gap)
  if (top < scrollTop) return top
  if (top + wall.tile > scrollTop + height) return top + wall.tile - height
  return scrollTop
}

/** The tile that a key leads to from `tile`; null for keys that lead nowhere. `rows` are those of a page. */
export function tileByKey(wall: Wall, tile: number, key: string, rows: number): number | null {
  const { columns, count } = wall
  const rowStart = tile - (tile % columns)
  const steps: Record<string, number> = {
    ArrowLeft: tile - 1,
    ArrowRight: tile + 1,
    ArrowUp: tile - columns,
    ArrowDown: tile + columns,
    PageUp: tile - columns * rows,
    PageDown: tile + columns * rows,
    Home: rowStart,
    End: rowStart + columns - 1,
  }
  const to = steps[key]
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to))
}
