/** Most steps along a chart's width in which the smoothing's strength counts; fewer values are a step each. */
const STEPS = 250

/**
 * A moving average (exponential, without a pull to zero at its start) of values at growing places `xs`. `strength`, 0
 * to below 1, is what stays of an average after a step along `span`: so a curve looks the same however many of its values
 * are at hand. Values that are null stay null and count for nothing.
 */
export function smoothed(
  xs: readonly number[],
  values: readonly (number | null)[],
  strength: number,
  span: number,
): (number | null)[] {
  if (strength <= 0 || !(span > 0)) return [...values]
  const steps = Math.min(STEPS, Math.max(1, values.length - 1))
  let average = 0
  let trust = 0
  let before: number | null = null
  return values.map((value, i) => {
    if (value === null) return null
    const passed: number = before === null ? 1 : ((xs[i]! - before) / span) * steps
    const kept = strength ** Math.max(passed, 1e-9)
    before = xs[i]!
    average = kept * average + (1 - kept) * value
    trust = kept * trust + (1 - kept)
    return average / trust
  })
}
