import * as tf from '@tensorflow/tfjs-core'

/** A tensor of unrepeating values in [-1, 1], the same each time. */
export function ramp(shape: [number, number, number, number]): tf.Tensor4D {
  const size = shape.reduce((a, b) => a * b, 1)
  return tf.tensor4d(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + 1)),
    shape,
  )
}

/** Largest difference relative to the largest expected magnitude (absolute where everything expected is 0). */
export function closeness(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity
  let [difference, magnitude] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number]
    if (!(Math.abs(a - e) <= difference)) difference = Math.abs(a - e)
    magnitude = Math.max(magnitude, Math.abs(e))
  }
  return magnitude > 0 ? difference / magnitude : difference
}
