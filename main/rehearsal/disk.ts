import type { TrainConfig } from '../../shared/domain/trainConfig'
import { RESOLUTIONS, type Resolution } from '../../shared/domain/resolution'
import { segmentsOf, totalImages, type Segment } from '../../shared/schedule'
import { stateBytes } from './costs'

/** Regular checkpoints that a run file holds at once, the one being written included, and its write-ahead log. */
const REGULAR_COPIES = 5
/** Pictures of a mosaic, and how much of their bytes remains when they are compressed without loss. */
const MOSAIC_PICTURES = 48
const MOSAIC_PACKED = 0.6
/** An event's row with its text. */
const EVENT_BYTES = 400
/** Where images take long, a mosaic is drawn this often all the same; it goes when the next one comes, its row stays. */
const INTERIM_SECONDS = 30
/** Large prepared pictures are compressed; what remains of photographs. */
const PACKED_FROM = 128
const PACKED = 0.75

/** Segments that a run goes through, cut off where its image limit ends it. */
export function segmentsToTrain(config: TrainConfig): Segment[] {
  const end = totalImages(config)
  return segmentsOf(config)
    .filter((segment) => segment.start < end)
    .map((segment) => ({ ...segment, end: Math.min(segment.end, end) }))
}

/**
 * Bytes of a run's file at the end of a stage: each segment's last checkpoint, each stage's best, the regular ones of the segment at
 * hand, mosaics, an interim one among them, and events. `seconds` are those that training takes until then, null where
 * they are not known.
 */
export function runBytes(
  config: TrainConfig,
  stage: number,
  seconds: number | null = null,
): number {
  const { tickImages, mosaicImages } = config.intervals
  let bytes = ((seconds ?? 0) / INTERIM_SECONDS) * EVENT_BYTES
  let largest = 0
  let largestMosaic = 0
  for (const segment of segmentsToTrain(config)) {
    if (segment.stage > stage) break
    const images = segment.end - segment.start
    const checkpoint = stateBytes(config, segment)
    const mosaic = MOSAIC_PICTURES * segment.resolution ** 2 * config.channels * MOSAIC_PACKED
    largest = Math.max(largest, checkpoint)
    largestMosaic = Math.max(largestMosaic, mosaic)
    const events = (images / tickImages) * EVENT_BYTES
    const best = segment.phase === 'stable' && config.qualitySamples > 0 ? checkpoint : 0
    bytes += checkpoint + best + events + (1 + images / mosaicImages) * mosaic
  }
  return Math.ceil(bytes + REGULAR_COPIES * largest + largestMosaic)
}

/** Bytes of prepared pictures, at every level up to a resolution. */
export function datasetBytes(pictures: number, resolution: Resolution, channels: number): number {
  return RESOLUTIONS.filter((r) => r <= resolution).reduce(
    (sum, r) => sum + pictures * channels * r * r * (r >= PACKED_FROM ? PACKED : 1),
    0,
  )
}
