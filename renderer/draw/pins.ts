/**
 * Places along a line for marks that belong at `xs` (in order), at least `gap` apart and from `left` to `right`: each as
 * near to its own place as that allows. When there is no room for all, they stand closer.
 */
export function spreadPins(
  xs: readonly number[],
  gap: number,
  left: number,
  right: number,
): number[] {
  const step = Math.min(gap, xs.length > 1 ? (right - left) / (xs.length - 1) : gap)
  const places = xs.map((x) => Math.min(right, Math.max(left, x)))
  for (let i = places.length - 2; i >= 0; i--) {
    places[i] = Math.min(places[i]!, places[i + 1]! - step)
  }
  for (let i = 0; i < places.length; i++) {
    places[i] = Math.max(places[i]!, left + i * step, i === 0 ? left : places[i - 1]! + step)
  }
  return places.map((x) => Math.min(right, x))
}
