import { joined, stretchOf, type CurveStretch } from '../../shared/domain/curve'
import type { Tick } from '../../shared/domain/trainEvent'
import type { Connection } from './database'

/** Ticks that one answer is made of at most; where there are more, evenly chosen ones speak for the rest. */
const MOST_TICKS = 20_000

/**
 * What ticks tell from `fromImages` to `toImages`, in at most `most` stretches of equally many ticks, oldest first.
 * Time and memory are bounded however long the run is.
 */
export function readCurve(
  connection: Connection,
  fromImages: number,
  toImages: number,
  most: number,
): CurveStretch[] {
  const window = { fromImages, toImages }
  const count = connection
    .prepare<[typeof window], number>(
      `SELECT count(*) FROM events WHERE kind = 'tick' AND NOT superseded
         AND images_seen BETWEEN :fromImages AND :toImages`,
    )
    .pluck()
    .get(window)!
  if (count === 0) return []
  const kept = Math.min(count, MOST_TICKS)
  const rows = connection
    .prepare<[Record<string, number>], { at: number; body: string }>(
      `WITH ticks AS (
         SELECT at, body, row_number() OVER (ORDER BY seq) AS place
         FROM events WHERE kind = 'tick' AND NOT superseded
           AND images_seen BETWEEN :fromImages AND :toImages
       )
       SELECT at, body FROM ticks
       WHERE place * CAST(:kept AS INTEGER) / CAST(:count AS INTEGER)
         > (place - 1) * CAST(:kept AS INTEGER) / CAST(:count AS INTEGER)
       ORDER BY place`,
    )
    .iterate({ ...window, kept, count })
  const stretches: CurveStretch[] = []
  let place = 0
  let before = imagesBefore(connection, fromImages)
  for (const { at, body } of rows) {
    const tick = JSON.parse(body) as Tick
    const stretch = stretchOf(tick, at, before)
    before = tick.imagesSeen
    const into = Math.floor((place++ * Math.min(most, kept)) / kept)
    const started = stretches[into]
    stretches[into] = started === undefined ? stretch : joined(started, stretch)
  }
  return stretches
}

/** Images seen at the last tick before these; 0 where there is none. */
function imagesBefore(connection: Connection, images: number): number {
  const found = connection
    .prepare<[number], number | null>(
      `SELECT max(images_seen) FROM events WHERE kind = 'tick' AND NOT superseded AND images_seen < ?`,
    )
    .pluck()
    .get(images)
  return found ?? 0
}
