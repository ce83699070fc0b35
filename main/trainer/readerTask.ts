import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Segment } from '../../shared/schedule'
import type { SlotLayout } from './inputSlots'

/** What a reader's thread is started with. */
export type ReaderTask = {
  readonly config: TrainConfig
  readonly segment: Segment
  /** Path of the dataset's file. */
  readonly datasetFile: string
  /** Images seen and steps taken before the first step to prepare. */
  readonly imagesSeen: number
  readonly step: number
  /** Images seen when there is nothing more to prepare. */
  readonly end: number
  readonly layout: SlotLayout
  readonly slots: number
  /** `slots` slots of `layout`. */
  readonly memory: SharedArrayBuffer
  /** Two int32 counters: {@link PRODUCED} and {@link RELEASED}. */
  readonly counters: SharedArrayBuffer
}

/** Place of the steps that lie ready or were taken; the thread writes it. */
export const PRODUCED = 0
/** Place of the steps whose slots may be written again; {@link STOPPED} ends the thread, which waits on it. */
export const RELEASED = 1
export const STOPPED = 0x7fffffff
