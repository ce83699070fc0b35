/** Part of the values at each end that may lie outside of the chart: the spikes of a network's first steps. */
const OUTLIERS = 0.02
const MARGIN = 0.12

/**
 * The vertical range that shows nearly all of `values` well; lone spikes may leave it. Values that are not finite
 * are left out. Null when there are none.
 */
export function chartRange(values: readonly number[]): { min: number; max: number } | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  if (sorted.length === 0) return null
  const cut = Math.floor(sorted.length * OUTLIERS)
  const low = sorted[cut]!
  const high = sorted[sorted.length - 1 - cut]!
  const margin = (high - low) * MARGIN || Math.max(1, Math.abs(high)) * MARGIN
  return { min: low - margin, max: high + margin }
}
