/**
 * Pictures of one minibatch-standard-deviation group: the largest number of at most `group` that divides the batch.
 * With m groups, picture i of the batch is in group i mod m.
 */
export function groupSize(batch: number, group: number): number {
  let size = Math.min(batch, group)
  while (batch % size !== 0) size--
  return size
}

/** Whether a batch can be gone through `microBatch` pictures at a time with every group in one piece. */
export function isMicroBatch(microBatch: number, batch: number, group: number): boolean {
  return batch % microBatch === 0 && microBatch % groupSize(batch, group) === 0
}

/** The largest micro-batch of at most `most` pictures; the smallest that there is where that is larger; null for the whole batch. */
export function largestMicroBatch(most: number, batch: number, group: number): number | null {
  const size = groupSize(batch, group)
  let images = size * Math.max(1, Math.floor(most / size))
  while (batch % images !== 0) images -= size
  return images < batch ? images : null
}
