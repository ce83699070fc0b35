/** Sizes of a film strip, CSS pixels. */
export type StripShape = {
  side: number
  gap: number
  /** Room before the first and after the last. */ inset: number
}

/** The whole strip's width for `count` pictures. */
export function stripWidth({ side, gap, inset }: StripShape, count: number): number {
  return count === 0 ? 0 : count * side + (count - 1) * gap + 2 * inset
}

/** First and last picture that a window from `left` of `width` shows at least a part of; null when there are none. */
export function stripRange(
  { side, gap, inset }: StripShape,
  count: number,
  left: number,
  width: number,
): { first: number; last: number } | null {
  const pitch = side + gap
  const first = Math.max(0, Math.floor((left - inset) / pitch))
  const last = Math.min(count - 1, Math.floor((left - inset + width - 1) / pitch))
  return last < first ? null : { first, last }
}

/** The picture at `x` of the strip, or the nearest one. */
export function stripIndex({ side, gap, inset }: StripShape, count: number, x: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor((x - inset + gap / 2) / (side + gap))))
}

/** Where the window must begin so that picture `index` is whole in it: `left` when it is already. */
export function stripReveal(
  { side, gap, inset }: StripShape,
  index: number,
  left: number,
  width: number,
): number {
  const from = inset + index * (side + gap)
  const margin = side + gap
  if (from - margin < left) return Math.max(0, from - margin)
  if (from + side + margin > left + width) return from + side + margin - width
  return left
}

/** What {@link paintStrip} draws with. */
export type StripColours = { empty: string; current: string; mark: string; label: string }

/** One picture of a strip. */
export type StripCell = {
  /** Null while it is on its way. */
  picture: (CanvasImageSource & { width: number; height: number }) | null
  current: boolean
  /** What begins here, as `16×16`; null where nothing does. */
  mark: string | null
}

/** Height above the pictures that marks take, CSS pixels. */
export const STRIP_HEAD = 18

/**
 * Draws the cells from number `first` on, on a context whose unit is a CSS pixel and whose left edge is at `left` of the
 * strip. A picture's pixels become squares.
 */
export function paintStrip(
  ctx: CanvasRenderingContext2D,
  shape: StripShape,
  window: { left: number; width: number; first: number },
  cells: readonly StripCell[],
  colours: StripColours,
  font: string,
): void {
  const { side, gap, inset } = shape
  ctx.clearRect(0, 0, window.width, STRIP_HEAD + side + 6)
  ctx.font = font
  cells.forEach(({ picture, current, mark }, i) => {
    const x = inset + (window.first + i) * (side + gap) - window.left
    if (picture === null) {
      ctx.fillStyle = colours.empty
      ctx.fillRect(x, STRIP_HEAD, side, side)
    } else {
      ctx.imageSmoothingEnabled = picture.width > side
      ctx.drawImage(picture, x, STRIP_HEAD, side, side)
    }
    if (mark !== null) {
      ctx.fillStyle = colours.mark
      ctx.fillRect(x - gap / 2 - 0.5, 2, 1, STRIP_HEAD + side)
      ctx.fillStyle = colours.label
      ctx.fillText(mark, x + 3, 12)
    }
    if (current) {
      ctx.strokeStyle = colours.current
      ctx.lineWidth = 3
      ctx.strokeRect(x - 1.5, STRIP_HEAD - 1.5, side + 3, side + 3)
    }
  })
}
