import * as v from 'valibot'
import { ConvKernelSchema, type ConvKernel } from '../../shared/domain/convKernel'
import type { Device } from '../../shared/domain/device'
import type { Mosaic, Tick, TrainEvent, TrainEventBody } from '../../shared/domain/trainEvent'
import type { Connection } from './database'

const KernelsSchema = v.object({ kernels: v.record(v.string(), ConvKernelSchema) })

type EventRow = { seq: number; at: number; body: string; webp: Buffer | null }

/** Old mosaics that one answer of {@link EventLog.after} carries at most. */
const OLD_MOSAIC_BYTES = 32 << 20

/** The events of one run file: what happened, in order, for a view to fold over. */
export class EventLog {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Appends `body`. The caller wraps it in a transaction with whatever else the event changes. */
  append(body: TrainEventBody, at: number): TrainEvent {
    const connection = this.#connection
    const last = connection.prepare<[], number | null>('SELECT max(seq) FROM events').pluck().get()
    const seq = (last ?? 0) + 1
    const { text, webp } = split(body)
    connection
      .prepare('INSERT INTO events (seq, at, kind, images_seen, body) VALUES (?, ?, ?, ?, ?)')
      .run(seq, at, body.kind, imagesSeenOf(body), text)
    if (webp !== null) {
      this.#forgetInterimMosaic()
      connection.prepare('INSERT INTO mosaics (seq, webp) VALUES (?, ?)').run(seq, webp)
    }
    return { seq, at, body }
  }

  /**
   * Events after `afterSeq`, oldest first. When there are more than `limit`, old mosaics are left out and ticks
   * are thinned evenly, the last one always kept. Everything else, and the newest mosaic, always comes.
   */
  after(afterSeq: number, limit: number): TrainEvent[] {
    const counts = this.#connection
      .prepare<[number], { all: number; ticks: number; essential: number }>(
        `SELECT count(*) AS "all",
                count(*) FILTER (WHERE kind = 'tick') AS ticks,
                count(*) FILTER (WHERE kind NOT IN ('tick', 'mosaic')) AS essential
         FROM events WHERE seq > ? AND NOT superseded`,
      )
      .get(afterSeq)!
    const fits = counts.all <= limit
    const mosaicsFrom = this.#firstMosaicToSend(afterSeq, fits ? OLD_MOSAIC_BYTES : 0)
    const room = Math.max(0, limit - counts.essential - 1)
    const kept = fits ? counts.ticks : Math.min(counts.ticks, room)
    // Numbers are bound as reals, hence the casts: integer division is meant.
    // Of n ticks, the i-th (from 1) is kept when floor(i * kept / n) grows there: `kept` of them, evenly.
    return this.#connection
      .prepare<[Record<string, number>], EventRow>(
        `WITH visible AS (
           SELECT seq, at, kind, body, row_number() OVER (PARTITION BY kind ORDER BY seq) AS place
           FROM events WHERE seq > :afterSeq AND NOT superseded
         )
         SELECT visible.seq, at, body, webp FROM visible LEFT JOIN mosaics ON mosaics.seq = visible.seq
         WHERE CASE kind
           WHEN 'tick' THEN place * CAST(:kept AS INTEGER) / CAST(:ticks AS INTEGER)
             > (place - 1) * CAST(:kept AS INTEGER) / CAST(:ticks AS INTEGER)
           WHEN 'mosaic' THEN visible.seq >= :mosaicsFrom
           ELSE 1 END
         ORDER BY visible.seq`,
      )
      .all({ afterSeq, kept, ticks: counts.ticks, mosaicsFrom })
      .map(join)
  }

  /** Whether a stage that begins at these images was told. */
  hasStageAt(imagesSeen: number): boolean {
    const found = this.#connection
      .prepare(
        `SELECT 1 FROM events WHERE kind = 'stage' AND images_seen = ? AND NOT superseded LIMIT 1`,
      )
      .get(imagesSeen)
    return found !== undefined
  }

  /** The device that training last changed to; null where it never did. */
  lastDevice(): Device | null {
    const device = this.#connection
      .prepare<[], Device>(
        `SELECT json_extract(body, '$.device') FROM events WHERE kind = 'device'
         ORDER BY seq DESC LIMIT 1`,
      )
      .pluck()
      .get()
    return device ?? null
  }

  /** How convolutions are computed, by what `kernels` events name them by; what was chosen first holds. */
  kernels(): Record<string, ConvKernel> {
    const bodies = this.#connection
      .prepare<[], string>(`SELECT body FROM events WHERE kind = 'kernels' ORDER BY seq DESC`)
      .pluck()
      .all()
    const chosen = bodies.map((body) => v.parse(KernelsSchema, JSON.parse(body)).kernels)
    return Object.assign({}, ...chosen) as Record<string, ConvKernel>
  }

  /** The most memory in bytes that ticks of each resolution tell of, by resolution. */
  peakMemory(): { resolution: number; bytes: number }[] {
    return this.#connection
      .prepare<[], { resolution: number; bytes: number }>(
        `SELECT json_extract(body, '$.resolution') AS resolution,
                max(json_extract(body, '$.peakMemoryBytes')) AS bytes
         FROM events WHERE kind = 'tick' AND NOT superseded
         GROUP BY resolution HAVING bytes IS NOT NULL ORDER BY resolution`,
      )
      .all()
  }

  /** Every tick, oldest first. */
  *ticks(): IterableIterator<{ at: number; tick: Tick }> {
    const rows = this.#connection
      .prepare<[], { at: number; body: string }>(
        `SELECT at, body FROM events WHERE kind = 'tick' AND NOT superseded ORDER BY seq`,
      )
      .iterate()
    for (const { at, body } of rows) yield { at, tick: JSON.parse(body) as Tick }
  }

  /** The newest mosaic's WebP file, and its event's number; null before the first. */
  newestMosaic(): { seq: number; webp: Uint8Array<ArrayBuffer> } | null {
    const newest = this.#connection
      .prepare<[], { seq: number; webp: Buffer }>(
        `SELECT seq, webp FROM mosaics JOIN events USING (seq) WHERE NOT superseded
         ORDER BY seq DESC LIMIT 1`,
      )
      .get()
    return newest === undefined ? null : { seq: newest.seq, webp: new Uint8Array(newest.webp) }
  }

  /** The number of the newest mosaic's event; null before the first. */
  newestMosaicSeq(): number | null {
    return this.#connection
      .prepare<[], number | null>(
        'SELECT max(seq) FROM mosaics JOIN events USING (seq) WHERE NOT superseded',
      )
      .pluck()
      .get()!
  }

  /**
   * What led to `imagesSeen`, oldest first, one event at a time: ticks, mosaics, and stages that began before. Not what
   * is of this file alone: states, errors, checkpoints.
   */
  *upTo(imagesSeen: number): Generator<TrainEvent> {
    const rows = this.#connection
      .prepare<[Record<string, number>], EventRow>(
        `SELECT events.seq, at, body, webp FROM events LEFT JOIN mosaics ON mosaics.seq = events.seq
         WHERE NOT superseded AND (
           kind IN ('tick', 'mosaic', 'note', 'settings', 'quality') AND images_seen <= :imagesSeen
           OR kind = 'stage' AND images_seen < :imagesSeen)
         ORDER BY events.seq`,
      )
      .iterate({ imagesSeen })
    for (const row of rows) yield join(row)
  }

  /**
   * Marks as superseded what was recorded past `imagesSeen`, and will be again once training goes on from
   * there. States and errors stay: they did happen.
   */
  supersedeAfter(imagesSeen: number): void {
    // The mosaic of the very beginning comes again. What else is at a checkpoint's images belongs to what led
    // there, or, as a stage that begins there, is told once.
    const mark = this.#connection.prepare(
      `UPDATE events SET superseded = 1 WHERE NOT superseded AND (
         kind IN ('tick', 'checkpoint', 'stage', 'quality') AND images_seen > :imagesSeen
         OR kind = 'mosaic' AND (images_seen > :imagesSeen OR :imagesSeen = 0))`,
    )
    mark.run({ imagesSeen })
  }

  /** Drops the newest mosaic if it is interim; older ones went when it came. */
  #forgetInterimMosaic(): void {
    const interim = this.#connection
      .prepare<[], number>(
        `SELECT seq FROM events WHERE seq = (SELECT max(seq) FROM mosaics)
           AND json_extract(body, '$.interim')`,
      )
      .pluck()
      .get()
    if (interim === undefined) return
    this.#connection.prepare('UPDATE events SET superseded = 1 WHERE seq = ?').run(interim)
    this.#connection.prepare('DELETE FROM mosaics WHERE seq = ?').run(interim)
  }

  /** The seq of the oldest mosaic that still fits into `bytes`; the newest always does. */
  #firstMosaicToSend(afterSeq: number, bytes: number): number {
    const sizes = this.#connection
      .prepare<[number], { seq: number; size: number }>(
        `SELECT seq, length(webp) AS size FROM mosaics JOIN events USING (seq)
         WHERE seq > ? AND NOT superseded ORDER BY seq DESC`,
      )
      .all(afterSeq)
    let first = sizes[0]?.seq ?? 0
    let sum = 0
    for (const { seq, size } of sizes) {
      sum += size
      if (sum > bytes) break
      first = seq
    }
    return first
  }
}

/** Images seen when the event happened. */
export function imagesSeenOf(body: TrainEventBody): number {
  return body.kind === 'checkpoint' ? body.checkpoint.imagesSeen : body.imagesSeen
}

function split(body: TrainEventBody): { text: string; webp: Uint8Array | null } {
  if (body.kind !== 'mosaic') return { text: JSON.stringify(body), webp: null }
  const { webp, ...rest } = body
  return { text: JSON.stringify(rest), webp }
}

function join({ seq, at, body, webp }: EventRow): TrainEvent {
  const parsed = JSON.parse(body) as TrainEventBody
  if (webp === null) return { seq, at, body: parsed }
  return { seq, at, body: { ...(parsed as Mosaic), webp: new Uint8Array(webp) } }
}
