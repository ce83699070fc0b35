import * as tf from '@tensorflow/tfjs-core'
import { groupSize, isMicroBatch } from '../../shared/domain/minibatchGroup'
import type { Tensors } from '../runtime/engine'
import { after } from '../runtime/ops'

/** How a batch is gone through: `microBatch` pictures at a time, all at once where null or left out. */
export type BatchPlan = { readonly batch: number; readonly microBatch?: number | null }

/** Gradients by parameter and what else is averaged over a batch. */
export type Round = { readonly gradients: Tensors; readonly outputs: Tensors }

/**
 * The inputs of each micro-batch. Those named in `perPicture` (first axis: the batch) are split, all others are in
 * every part. Whole groups of the batch's minibatch standard deviation stay together, in their order, so that
 * pictures score as they would in the whole batch. Throws when the plan would tear groups apart.
 */
export function microBatches(
  inputs: Tensors,
  perPicture: readonly string[],
  { batch, microBatch }: BatchPlan,
  group: number,
): Tensors[] {
  const images = microBatch ?? batch
  if (images === batch) return [inputs]
  if (!isMicroBatch(images, batch, group)) {
    const size = groupSize(batch, group)
    throw new Error(`A batch of ${batch} in groups of ${size} has no micro-batches of ${images}.`)
  }
  return Array.from({ length: batch / images }, (_, part) => {
    const own = perPicture.map((name) => [name, slice(inputs[name]!, batch, images, part, group)])
    return { ...inputs, ...(Object.fromEntries(own) as Tensors) }
  })
}

/** Picture i is in group i mod m, so neighbouring groups are neighbouring columns of [size, m] pictures. */
function slice(
  x: tf.Tensor,
  batch: number,
  images: number,
  part: number,
  group: number,
): tf.Tensor {
  const size = groupSize(batch, group)
  const rest = x.size / batch
  const groups = images / size
  const columns = tf.reshape(x, [size, batch / size, rest])
  const own = tf.slice(columns, [0, part * groups, 0], [size, groups, rest])
  return tf.reshape(own, [images, ...x.shape.slice(1)])
}

/**
 * Plays the parts of a batch one after the other and adds up what comes out. None begins before the one before it,
 * and `before`, is done with, so that only one part's maps are in memory; a batch of one part waits for nothing and
 * may share work with what came before.
 */
export function playInTurn(
  parts: readonly Tensors[],
  perPicture: readonly string[],
  before: Round | null,
  play: (part: Tensors) => Round,
): Round {
  const [whole] = parts
  if (whole && parts.length === 1) return play(whole)
  let done = before
  let sum: Round | null = null
  for (const part of parts) {
    const round = play(done === null ? part : waiting(part, perPicture, done))
    sum = sum === null ? round : added(sum, round)
    done = sum
  }
  if (sum === null) throw new Error('A batch has at least one part.')
  return sum
}

/** The inputs of a part, those named in `perPicture` not before a round's gradients are known. */
export function waiting(
  part: Tensors,
  perPicture: readonly string[],
  { gradients }: Round,
): Tensors {
  const awaited = Object.values(gradients)
  const late = perPicture.map((name) => [name, after(part[name]!, awaited)])
  return { ...part, ...(Object.fromEntries(late) as Tensors) }
}

function added(a: Round, b: Round): Round {
  return { gradients: sums(a.gradients, b.gradients), outputs: sums(a.outputs, b.outputs) }
}

function sums(a: Tensors, b: Tensors): Tensors {
  return Object.fromEntries(Object.entries(a).map(([name, x]) => [name, tf.add(x, b[name]!)]))
}
