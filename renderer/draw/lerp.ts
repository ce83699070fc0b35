/** `from + (to - from) * alpha` of two pictures' bytes, rounded; `alpha` from 0 to 1. */
export function lerpBytes(
  from: Uint8Array,
  to: Uint8Array,
  alpha: number,
): Uint8Array<ArrayBuffer> {
  const between = new Uint8Array(from.length)
  for (let i = 0; i < between.length; i++) {
    between[i] = Math.round(from[i]! + (to[i]! - from[i]!) * alpha)
  }
  return between
}
