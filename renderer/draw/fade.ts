/** Points, in a box of `width` by `height`, of a fade's ramp and of how far along it `alpha` (0 to 1) is. */
export function fadeRamp(alpha: number, width: number, height: number) {
  const clamped = Math.min(1, Math.max(0, alpha))
  const x = width * clamped
  const y = height * (1 - clamped)
  return {
    ramp: `0,${height} ${width},0 ${width},${height}`,
    filled: `0,${height} ${x},${y} ${x},${height}`,
    dot: { x, y },
  }
}
