import type { Quality, QualityPoint } from '../../shared/domain/quality'
import type { Resolution } from '../../shared/domain/resolution'
import type { TrainEventBody } from '../../shared/domain/trainEvent'
import type { Connection } from './database'

/** What a run file says of the quality of one of its checkpoints. */
export type QualityRow = {
  id: number
  imagesSeen: number
  quality: number | null
  resolution: Resolution | null
  candidate: 0 | 1
}

/** The rows of all checkpoints, oldest first. */
export function qualityRows(connection: Connection): QualityRow[] {
  return connection
    .prepare<[], QualityRow>(
      `SELECT id, images_seen AS imagesSeen, quality, resolution, candidate FROM checkpoints ORDER BY id`,
    )
    .all()
}

/** The measured ones of a resolution, best first; of equals the newest. */
export function byQuality(rows: readonly QualityRow[], resolution: number): QualityRow[] {
  return rows
    .filter((row) => row.quality !== null && row.resolution === resolution)
    .sort((a, b) => a.quality! - b.quality! || b.id - a.id)
}

/** Ids of the best checkpoint of each resolution. */
export function bestIds(rows: readonly QualityRow[]): Set<number> {
  return new Set(resolutionsOf(rows).flatMap((each) => byQuality(rows, each)[0]?.id ?? []))
}

/** Ids of what is not to be thinned out: the best of each resolution, and what a stage may start from. */
export function idsToKeep(rows: readonly QualityRow[]): Set<number> {
  const candidates = rows.filter(({ candidate }) => candidate === 1)
  const unmeasured = candidates.filter(({ quality }) => quality === null)
  return new Set([...bestIds(rows), ...bestIds(candidates), ...unmeasured.map(({ id }) => id)])
}

/** The quality of the best checkpoint of the largest resolution; null where none was measured. */
export function bestQuality(rows: readonly QualityRow[]): Quality | null {
  const best = byQuality(rows, Math.max(...resolutionsOf(rows)))[0]
  if (best === undefined) return null
  const { imagesSeen, resolution, quality } = best
  return { imagesSeen, resolution: resolution!, distance: quality! }
}

/** All measurements that a resume has not made void, oldest first. */
export function qualityHistory(connection: Connection): QualityPoint[] {
  return connection
    .prepare<[], { at: number; body: string }>(
      `SELECT at, body FROM events WHERE kind = 'quality' AND NOT superseded ORDER BY seq`,
    )
    .all()
    .map(({ at, body }) => {
      const event = JSON.parse(body) as Extract<TrainEventBody, { kind: 'quality' }>
      const { imagesSeen, resolution, distance } = event
      return { at, imagesSeen, resolution, distance }
    })
}

function resolutionsOf(rows: readonly QualityRow[]): Resolution[] {
  const measured = rows.filter(({ quality }) => quality !== null)
  return [...new Set(measured.flatMap(({ resolution }) => resolution ?? []))]
}
