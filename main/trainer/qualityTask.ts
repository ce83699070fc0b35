import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Resolution } from '../../shared/domain/resolution'

/** What the thread that measures quality is started with. */
export type QualityTask = {
  readonly config: Pick<TrainConfig, 'channels' | 'mirror' | 'pictures' | 'qualitySamples'>
  /** Path of the dataset's file. */
  readonly datasetFile: string
}

/** What the thread is told: the samples of one checkpoint begin, come in parts, and are all there or given up. */
export type ToQualityThread =
  | { kind: 'begin'; resolution: Resolution }
  /** Bytes of whole pictures [n, R, R, C]. */
  | { kind: 'samples'; pixels: Uint8Array }
  | { kind: 'end'; checkpointId: number }
  | { kind: 'drop' }

/** What the thread answers to each `end`. */
export type FromQualityThread = { checkpointId: number; distance: number }
