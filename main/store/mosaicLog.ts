import type { Mosaic } from '../../shared/domain/trainEvent'
import type { MosaicEntry } from '../../shared/domain/mosaicHistory'
import type { Connection } from './database'

type Row = { seq: number; at: number; body: string }

/** All mosaics of a run file that still count, oldest first, without their pictures. */
export function listMosaics(connection: Connection): MosaicEntry[] {
  return connection
    .prepare<[], Row>(
      `SELECT seq, at, body FROM mosaics JOIN events USING (seq) WHERE NOT superseded ORDER BY seq`,
    )
    .all()
    .map(({ seq, at, body }) => {
      const mosaic = JSON.parse(body) as Omit<Mosaic, 'webp'>
      const { imagesSeen, resolution, alpha, columns, rows, interim = false } = mosaic
      return { seq, at, imagesSeen, resolution, alpha, columns, rows, interim }
    })
}

/** The WebP file of the mosaic `seq`; null when there is none (any more). */
export function mosaicPicture(connection: Connection, seq: number): Uint8Array | null {
  return (
    connection
      .prepare<[number], Uint8Array>('SELECT webp FROM mosaics WHERE seq = ?')
      .pluck()
      .get(seq) ?? null
  )
}
