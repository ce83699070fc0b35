import * as tf from '@tensorflow/tfjs-core'
import type { Scalar } from '@tensorflow/tfjs-core'
import type { Tensors } from '../runtime/engine'
import type { AdamStep } from './optimizer'

/**
 * The inputs of each of a step's `count` updates of the discriminator: those named in `perPicture` hold one update's
 * rows after the other's, all others are in every one.
 */
export function criticInputs(
  inputs: Tensors,
  perPicture: readonly string[],
  count: number,
): Tensors[] {
  if (count === 1) return [inputs]
  return Array.from({ length: count }, (_, turn) => {
    const own = perPicture.map((name) => {
      const all = inputs[name]!
      const [rows, ...row] = all.shape as [number, ...number[]]
      const start = [(turn * rows) / count, ...row.map(() => 0)]
      return [name, tf.slice(all, start, [rows / count, ...row])]
    })
    return { ...inputs, ...(Object.fromEntries(own) as Tensors) }
  })
}

/** What Adam goes by at update `turn` (from 0) of a step's `count`, each of which counts. */
export function criticStep(by: AdamStep, turn: number, count: number): AdamStep {
  if (count === 1) return by
  const before = tf.mul(tf.sub(by.step, 1), count)
  return { ...by, step: tf.add(before, turn + 1) as Scalar }
}

/** The mean of what each of a step's updates tells. */
export function meanOutputs(outputs: readonly Tensors[]): Tensors {
  const [first, ...others] = outputs
  if (first === undefined || others.length === 0) return first ?? {}
  const means = Object.keys(first).map((name) => {
    const all = outputs.map((each) => each[name]!)
    return [name, tf.mul(tf.addN(all), 1 / all.length)]
  })
  return Object.fromEntries(means) as Tensors
}
