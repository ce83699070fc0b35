import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { RESOLUTIONS, type Resolution } from '../../shared/domain/resolution'
import { segmentsOf, totalImages, type Segment } from '../../shared/schedule'
import { stateBytes } from './costs'

/** Regular checkpoints that a run file holds at once, the one being written included, and its write-ahead log. */
const REGULAR_COPIES = 5
/** Pictures of a mosaic, and how much of their bytes remains when they are compressed without loss. */
const MOSAIC_PICTURES = 48
const MOSAIC_PACKED = 0.6
/** A tick's row with its text. */
const TICK_BYTES = 400
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
 * Bytes of a run's file at the end of a stage: each segment's last checkpoint, the regular ones of the segment at
 * hand, mosaics and ticks.
 */
export function runBytes(config: TrainConfig, stage: number): number {
  const { tickImages, mosaicImages } = config.intervals
  let bytes = 0
  let largest = 0
  for (const segment of segmentsToTrain(config)) {
    if (segment.stage > stage) break
    const images = segment.end - segment.start
    const checkpoint = stateBytes(config, segment)
    const mosaic = MOSAIC_PICTURES * segment.resolution ** 2 * config.channels * MOSAIC_PACKED
    largest = Math.max(largest, checkpoint)
    bytes += checkpoint + (images / tickImages) * TICK_BYTES + (1 + images / mosaicImages) * mosaic
  }
  return Math.ceil(bytes + REGULAR_COPIES * largest)
}

/** Bytes of prepared pictures, at every level up to a resolution. */
export function datasetBytes(pictures: number, resolution: Resolution, channels: number): number {
  return RESOLUTIONS.filter((r) => r <= resolution).reduce(
    (sum, r) => sum + pictures * channels * r * r * (r >= PACKED_FROM ? PACKED : 1),
    0,
  )
}

/** Free bytes of the disk that `folder` is on; null when the system does not tell. */
export function freeDisk(folder: string): number | null {
  try {
    if ('statfsSync' in fs) {
      const { bavail, bsize } = fs.statfsSync(folder)
      return bavail * bsize
    }
    // Older Nodes, as in older Electrons, cannot ask the system.
    const text = execFileSync('df', ['-kP', folder], { encoding: 'utf8' })
    const kilobytes = Number(text.trim().split('\n').at(-1)?.split(/\s+/).at(3))
    return Number.isFinite(kilobytes) ? 1024 * kilobytes : null
  } catch {
    return null
  }
}
