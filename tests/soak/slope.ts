/** Of the line through values at 0, 1, 2, ... with the least squares. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let [over, under] = [0, 0]
  values.forEach((value, i) => {
    over += (i - middle) * (value - mean)
    under += (i - middle) ** 2
  })
  return over / under
}
