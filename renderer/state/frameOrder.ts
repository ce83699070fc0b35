/** Pictures kept ready ahead of, and behind, the one at hand. */
const AHEAD = 48
const BEHIND = 16
/** Pictures spread over the whole, so that a far jump finds one that is near. */
const LANDMARKS = 64

/**
 * Which of `total` pictures are wanted at `position` (0 to total - 1), most urgent first: itself, what comes next in
 * `direction` (1 or -1) and some behind it by turns, then landmarks over the whole. Each once.
 */
export function wantedAround(position: number, total: number, direction: 1 | -1): number[] {
  const wanted = new Set<number>()
  const add = (index: number) => {
    if (index >= 0 && index < total) wanted.add(index)
  }
  add(position)
  for (let i = 1; i <= AHEAD; i++) {
    add(position + i * direction)
    if (i <= BEHIND) add(position - i * direction)
  }
  const step = Math.max(1, (total - 1) / LANDMARKS)
  for (let at = 0; at < total; at += step) add(Math.round(at))
  return [...wanted]
}

/** The index nearest to `position` of those that `has` says are there, below it where two are as near; null for none. */
export function nearestIndex(
  position: number,
  total: number,
  has: (index: number) => boolean,
): number | null {
  for (let far = 0; far < total; far++) {
    if (position - far >= 0 && has(position - far)) return position - far
    if (position + far < total && has(position + far)) return position + far
  }
  return null
}

/** The index of the entry whose images are nearest to `imagesSeen`; `entries` are in order. Null when there are none. */
export function nearestImages(
  entries: readonly { imagesSeen: number }[],
  imagesSeen: number,
): number | null {
  let best: number | null = null
  entries.forEach((entry, i) => {
    const far = Math.abs(entry.imagesSeen - imagesSeen)
    if (best === null || far < Math.abs(entries[best]!.imagesSeen - imagesSeen)) best = i
  })
  return best
}
