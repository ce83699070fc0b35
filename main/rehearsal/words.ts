import type { Rehearsal, StageFit } from '../../shared/domain/rehearsal'

/** Bytes as a person reads them: `812 MiB`, `2.4 GiB`. */
export function bytesInWords(bytes: number): string {
  const mebibytes = bytes / 2 ** 20
  if (mebibytes >= 1000) return `${(mebibytes / 1024).toFixed(1)} GiB`
  return `${mebibytes >= 10 || mebibytes === 0 ? Math.round(mebibytes) : mebibytes.toFixed(1)} MiB`
}

/** Why a stage does not fit, without a full stop; `fits` for one that does. */
export function fitInWords(fit: StageFit): string {
  switch (fit.kind) {
    case 'fits':
      return 'fits'
    case 'memory':
      return (
        `needs ${fit.exceeded ? 'more than' : 'about'} ${bytesInWords(fit.neededBytes)} of memory, ` +
        `and ${bytesInWords(fit.roomBytes)} can be had`
      )
    case 'disk':
      return `needs about ${bytesInWords(fit.neededBytes)} of disk, and ${bytesInWords(fit.roomBytes)} can be had`
    case 'failed':
      return `cannot be trained: ${fit.message}`
  }
}

/** One line for a run that does not fit: why, and the largest that does. Null when it fits. */
export function misfitInWords({
  stages,
  largestFitting,
  smaller,
  microBatch,
}: Rehearsal): string | null {
  const misfit = stages.find(({ fit }) => fit.kind !== 'fits')
  if (misfit === undefined) return null
  const fitting = [
    ...(largestFitting === null ? [] : [`this network up to ${largestFitting} px`]),
    ...(smaller === null || smaller.resolution <= (largestFitting ?? 0)
      ? []
      : [`${smaller.preset} up to ${smaller.resolution} px`]),
    ...(microBatch === null ? [] : [`all of it in micro-batches of ${microBatch}`]),
  ]
  return (
    `The stage of ${misfit.resolution} px ${fitInWords(misfit.fit).replace(/\.$/, '')}. ` +
    (fitting.length === 0 ? 'Nothing smaller fits.' : `What fits: ${fitting.join('; ')}.`)
  )
}
