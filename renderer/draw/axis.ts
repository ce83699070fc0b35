/** A place on a chart's axis that is known in both ways. */
export type Knot = readonly [images: number, x: number]

/** Turns images seen into a place on the axis and back. Beyond the knots it goes on as between the outermost two. */
export type Axis = {
  /** Place of so many images seen. */
  of(images: number): number
  /** Images seen at a place. */
  imagesAt(x: number): number
}

/** Images seen as they are. */
export const IMAGES_AXIS: Axis = { of: (images) => images, imagesAt: (x) => x }

/** An axis that is straight from knot to knot. Knots that do not grow in both ways are left out. */
export function axisThrough(knots: readonly Knot[]): Axis {
  const kept: Knot[] = []
  for (const knot of knots) {
    const last = kept[kept.length - 1]
    if (last === undefined || (knot[0] > last[0] && knot[1] > last[1])) kept.push(knot)
  }
  if (kept.length < 2) return IMAGES_AXIS
  return {
    of: (images) => interpolate(kept, images, 0, 1),
    imagesAt: (x) => interpolate(kept, x, 1, 0),
  }
}

function interpolate(knots: readonly Knot[], value: number, from: 0 | 1, to: 0 | 1): number {
  let low = 0
  let high = knots.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (knots[middle]![from] <= value) low = middle
    else high = middle
  }
  const [a, b] = [knots[low]!, knots[high]!]
  return a[to] + ((value - a[from]) / (b[from] - a[from])) * (b[to] - a[to])
}
