import * as v from 'valibot'
import { TrainEventBodySchema } from '../../shared/domain/trainEvent'
import { openDatabase, type Connection } from './database'
import { imagesSeenOf } from './eventLog'
import { RUN_FILE } from './fileKinds'

/** Most bytes of a value, by table and column: far more than Sprout writes, and little enough to be held in memory. */
const MOST_BYTES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  run: {
    id: 1 << 10,
    name: 16 << 10,
    config: 1 << 20,
    dataset_id: 1 << 10,
    dataset_name: 16 << 10,
    dataset_source: 64 << 10,
    failure: 64 << 10,
    tags: 64 << 10,
    note: 256 << 10,
    parent: 64 << 10,
  },
  events: { kind: 64, body: 1 << 20 },
  mosaics: { webp: 64 << 20 },
  checkpoints: { kind: 64 },
  tensors: { name: 1 << 10, shape: 1 << 10, sha256: 32, data: 1 << 30 },
  favourites: { class_name: 16 << 10 },
}

/** The last moment of JavaScript's dates, in milliseconds since 1970. */
const LAST_MOMENT = 8.64e15
/** Whole numbers, by table and column, from 0 to what is given. */
const MOST: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  run: {
    images_seen: Number.MAX_SAFE_INTEGER,
    created_at: LAST_MOMENT,
    last_activity_at: LAST_MOMENT,
    trained_ms: Number.MAX_SAFE_INTEGER,
  },
  events: {
    seq: Number.MAX_SAFE_INTEGER,
    at: LAST_MOMENT,
    images_seen: Number.MAX_SAFE_INTEGER,
  },
  checkpoints: {
    id: Number.MAX_SAFE_INTEGER,
    images_seen: Number.MAX_SAFE_INTEGER,
    step: Number.MAX_SAFE_INTEGER,
    created_at: LAST_MOMENT,
    tensor_count: 1 << 20,
  },
  favourites: { seed: Number.MAX_SAFE_INTEGER, added_at: LAST_MOMENT },
}

/** Largest number in an event, in absolute value: what 32-bit floats hold, and squares of sums of it. */
const MOST_IN_EVENT = 1e100
/** Most pictures a side of a mosaic. */
const MOST_A_SIDE = 256

const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_A_SIDE))
const GridSchema = v.looseObject({ columns: side, rows: side })
const ShapeSchema = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31))),
  v.maxLength(8),
)

/** Events between two turns for others. */
const EVENTS_AT_ONCE = 500

/**
 * Whether the values in a run file, whose layout and pages are known to be sound, are such as Sprout writes: of bounded
 * size, events that can be read, numbers that are moments and counts, tensors that fill their shapes. `file` is how the
 * person knows it. Throws one clear line at the first that is not.
 */
export async function checkContents(
  path: string,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const connection = openDatabase(path, RUN_FILE, 'read')
  try {
    checkSizes(connection, file)
    checkNumbers(connection, file)
    if ((connection.pragma('foreign_key_check') as unknown[]).length > 0) {
      throw new Error(`${file} is damaged: something in it belongs to nothing.`)
    }
    checkShapes(connection, file)
    await checkEvents(connection, file, signal)
  } finally {
    connection.close()
  }
}

function checkSizes(connection: Connection, file: string): void {
  for (const [table, columns] of Object.entries(MOST_BYTES)) {
    for (const [column, most] of Object.entries(columns)) {
      const bytes = numberFrom(connection, `SELECT max(octet_length(${column})) FROM ${table}`)
      if (bytes > most) {
        throw new Error(
          `${file} has ${bytes} bytes as ${column} of ${table}, where ${most} are the most.`,
        )
      }
    }
  }
}

function checkNumbers(connection: Connection, file: string): void {
  for (const [table, columns] of Object.entries(MOST)) {
    for (const [column, most] of Object.entries(columns)) {
      const outside = numberFrom(
        connection,
        `SELECT count(*) FROM ${table} WHERE ${column} NOT BETWEEN 0 AND ${most}`,
      )
      if (outside > 0) throw new Error(`${file} has a ${column} of ${table} that cannot be.`)
    }
  }
}

function numberFrom(connection: Connection, sql: string): number {
  return connection.prepare<[], number | null>(sql).pluck().get() ?? 0
}

function checkShapes(connection: Connection, file: string): void {
  const rows = connection
    .prepare<[], { name: string; shape: string; bytes: number }>(
      'SELECT name, shape, octet_length(data) AS bytes FROM tensors',
    )
    .iterate()
  for (const { name, shape, bytes } of rows) {
    const sides = v.safeParse(ShapeSchema, JSON.parse(shape))
    const values = sides.success ? sides.output.reduce((product, each) => product * each, 1) : NaN
    if (values * Float32Array.BYTES_PER_ELEMENT !== bytes) {
      throw new Error(`${file} is damaged: tensor ${name.slice(0, 80)} does not fill its shape.`)
    }
  }
}

type EventRow = { seq: number; kind: string; imagesSeen: number; body: string; pictures: number }

async function checkEvents(
  connection: Connection,
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const next = connection.prepare<[number, number], EventRow>(
    `SELECT seq, kind, images_seen AS imagesSeen, body,
       (SELECT count(*) FROM mosaics WHERE mosaics.seq = events.seq) AS pictures
     FROM events WHERE seq > ? ORDER BY seq LIMIT ?`,
  )
  let rows = next.all(-1, EVENTS_AT_ONCE)
  while (rows.length > 0) {
    for (const row of rows) {
      const problem = problemOf(row)
      if (problem !== null) {
        throw new Error(`${file} has an event (${row.seq}) that Sprout cannot read: ${problem}.`)
      }
    }
    await new Promise((resolve) => setImmediate(resolve))
    signal?.throwIfAborted()
    rows = next.all(rows.at(-1)!.seq, EVENTS_AT_ONCE)
  }
}

function problemOf({ kind, imagesSeen, body, pictures }: EventRow): string | null {
  let immense = false
  const value: unknown = JSON.parse(body, (_key, part: unknown) => {
    if (typeof part === 'number' && !(Math.abs(part) <= MOST_IN_EVENT)) immense = true
    return part
  })
  if (immense) return 'a number in it is too large'
  const isMosaic = kind === 'mosaic'
  const parsed = v.safeParse(
    TrainEventBodySchema,
    isMosaic ? { ...(value as object), webp: new Uint8Array() } : value,
    { abortEarly: true },
  )
  if (!parsed.success) return parsed.issues[0].message.slice(0, 200)
  if (parsed.output.kind !== kind || imagesSeenOf(parsed.output) !== imagesSeen) {
    return 'it says one thing in two ways'
  }
  if (isMosaic && !v.is(GridSchema, value)) return 'a mosaic cannot be of that size'
  return pictures > 0 && !isMosaic ? 'it has a picture, and is no mosaic' : null
}
