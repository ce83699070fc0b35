import type { SourceScan } from '../../shared/domain/dataset'

/** Pictures looked into for thumbnails and for the guess of channels, spread evenly over the source. */
export const LOOKED_AT = 24
/** Pictures that a preview of what the networks see is made of. */
export const EXAMPLES = 6

/** What a scan has found so far, the thumbnails that are new, and how much is done: of `total` once it is known. */
export type ScanProgress = {
  scan: SourceScan
  thumbnails: Uint8Array<ArrayBuffer>[]
  done: number
  total: number | null
}

/** Listens to findings, and can stop. */
export type ScanWatch = {
  onFound?: (progress: ScanProgress) => void
  signal?: AbortSignal | undefined
}

/** At most `most` of all, evenly spread. */
export function spread<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(i * step)]!)
}
