import Database from 'better-sqlite3'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Home } from '../../main/store/home'
import { checkpointAt, createRun, mosaic, tick } from '../store/home'
import { Dice, spoilt } from './dice'

/** A small sound run file with something in every table. */
export function soundRun(home: Home, id: string): string {
  const run = createRun(home, id)
  run.recordEvent({ kind: 'stage', imagesSeen: 0, stage: 0, resolution: 4, phase: 'stable' })
  run.recordEvent(mosaic(0, [0]))
  for (let images = 256; images <= 2048; images += 256) run.recordEvent(tick(images))
  run.recordEvent({ kind: 'checkpoint', checkpoint: run.saveCheckpoint(smallCheckpoint(1024)) })
  run.recordEvent({ kind: 'note', imagesSeen: 2048, text: 'a note' })
  run.recordEvent(mosaic(2048, [2]))
  run.recordEvent({ kind: 'checkpoint', checkpoint: run.saveCheckpoint(smallCheckpoint(2048)) })
  run.favourites.set({ seed: 3, className: null }, true)
  run.setDetails({ tags: ['tree'], note: 'a note' }, 100)
  run.close()
  return home.runFile(id)
}

function smallCheckpoint(imagesSeen: number) {
  const values = Float32Array.from({ length: 60 }, (_, i) => imagesSeen + i)
  return {
    ...checkpointAt(imagesSeen),
    tensors: new Map([['generator/dense/weight', { shape: [6, 10], values }]]),
  }
}

/** A number that each hostile trigger, view or function of {@link SCHEMES} would leave behind if it ran. */
export const TRACE = 424_242

/** What can be put into a database to have something run when it is opened or read. */
const SCHEMES: readonly string[] = [
  `CREATE TRIGGER t AFTER UPDATE ON run BEGIN UPDATE run SET images_seen = ${TRACE}; END`,
  `CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END`,
  `CREATE VIEW extra AS SELECT load_extension('/tmp/x.so') FROM run`,
  `CREATE TABLE extra (x)`,
  `CREATE TABLE extra (x DEFAULT (load_extension('x')))`,
  `CREATE VIRTUAL TABLE extra USING fts5(x)`,
  `CREATE VIRTUAL TABLE extra USING rtree(a, b, c)`,
  `CREATE INDEX extra ON run (json_extract(config, '$.x'))`,
  `CREATE UNIQUE INDEX extra ON events (abs(seq))`,
  `ALTER TABLE run ADD COLUMN extra TEXT`,
  `ALTER TABLE run ADD COLUMN extra TEXT AS (upper(name))`,
  `ALTER TABLE run RENAME COLUMN note TO memo`,
  `ALTER TABLE events RENAME TO occasions; CREATE VIEW events AS SELECT * FROM occasions`,
  `DROP TABLE favourites`,
  `DROP INDEX tensors_by_checkpoint`,
  `PRAGMA user_version = 0`,
  `PRAGMA user_version = 1`,
  `PRAGMA user_version = -5`,
  `PRAGMA user_version = 99999`,
  `PRAGMA application_id = 7`,
]

const TEXTS = ['', 'x', '../../x', '..\\x', 'CON', '-rf', 'a\nb', '\u202e', '{}', '[]', 'null']
const LARGE = `"${'x'.repeat(2 << 20)}"`
const JSONS = [
  '{}',
  '[]',
  'null',
  '7',
  '"x"',
  '{"version":1}',
  '[[[[[[[[[[]]]]]]]]]]',
  '1e999',
  LARGE,
  '{"__proto__":{"x":1}}',
  `${'['.repeat(900)}${']'.repeat(900)}`,
]
const NUMBERS = [-1, 0, 1e15, 2 ** 53, -(2 ** 53), 9e15, 2 ** 31]

type Damage = (database: Database.Database, dice: Dice) => void

const setting =
  (table: string, column: string, values: readonly unknown[]): Damage =>
  (database, dice) =>
    void database
      .prepare(
        `UPDATE ${table} SET ${column} = ? WHERE rowid IN (SELECT rowid FROM ${table} LIMIT 1 OFFSET ?)`,
      )
      .run(dice.one(values), dice.below(3))

const column = (table: string, names: readonly string[], values: readonly unknown[]): Damage[] =>
  names.map((name) => setting(table, name, values))

/** Changes one number in an event's text to one that it cannot have. */
const oddNumber: Damage = (database, dice) => {
  const odd = dice.one(['1e999', '-1e999', '1e308', '-5', '1.5', 'null', '"x"', '[]', '1e100'])
  const row = database
    .prepare<[number], { seq: number; body: string }>(
      'SELECT seq, body FROM events ORDER BY seq LIMIT 1 OFFSET ?',
    )
    .get(dice.below(12))
  const numbers = [...(row?.body.matchAll(/:-?[\d.]+/g) ?? [])]
  if (row === undefined || numbers.length === 0) return
  const { index, 0: text } = dice.one(numbers)
  const body = `${row.body.slice(0, index)}:${odd}${row.body.slice(index + text.length)}`
  database.prepare('UPDATE events SET body = ? WHERE seq = ?').run(body, row.seq)
}

/** What SQL may do to a run file's rows. */
const ROWS: readonly Damage[] = [
  ...column(
    'run',
    ['id', 'name', 'dataset_id', 'dataset_name', 'note', 'failure'],
    [...TEXTS, LARGE],
  ),
  ...column('run', ['config', 'dataset_source', 'tags', 'parent'], JSONS),
  ...column('run', ['images_seen', 'created_at', 'last_activity_at', 'trained_ms'], NUMBERS),
  ...column('events', ['body'], JSONS),
  ...column('events', ['kind'], ['tick', 'mosaic', 'kernels', 'device', 'x', LARGE]),
  ...column('events', ['at', 'images_seen', 'seq'], NUMBERS),
  ...column('mosaics', ['webp'], [Buffer.alloc(0), Buffer.from('<svg/>'), Buffer.alloc(70 << 20)]),
  ...column('mosaics', ['seq'], [1, 3, 999]),
  ...column('checkpoints', ['images_seen', 'step', 'created_at', 'tensor_count'], NUMBERS),
  ...column('tensors', ['shape'], ['[]', '[-1]', '[1e9]', '[0]', '{}', 'null', '[60]', '["x"]']),
  ...column('tensors', ['name'], TEXTS),
  ...column('tensors', ['data'], [Buffer.alloc(0), Buffer.alloc(239), Buffer.alloc(240)]),
  ...column('tensors', ['checkpoint_id'], [1, 99]),
  ...column('tensors', ['sha256'], [Buffer.alloc(32), Buffer.alloc(0)]),
  ...column('favourites', ['added_at'], NUMBERS),
  ...Array.from({ length: 8 }, () => oddNumber),
  (database) => void database.exec('DELETE FROM run'),
  (database) => void database.exec('DELETE FROM checkpoints'),
  (database) => void database.exec('DELETE FROM events'),
]

/** A hostile run file: which of the ways it was made, for messages. */
export type HostileRun = { how: string; file: string }

/** Makes hostile copies of a sound run file, one after the other without end. */
export class HostileRuns {
  readonly #sound: string
  readonly #bytes: Buffer
  readonly #dice: Dice
  readonly #target: string

  /** `target` is written anew each time. */
  constructor(sound: string, target: string, seed: number) {
    this.#sound = sound
    this.#bytes = readFileSync(sound)
    this.#dice = new Dice(seed)
    this.#target = target
  }

  next(): HostileRun {
    const dice = this.#dice
    const file = this.#target
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
    const kind = dice.share()
    if (kind < 0.35) {
      writeFileSync(file, spoilt(this.#bytes, dice))
      return { how: 'bytes', file }
    }
    if (kind < 0.4) {
      writeFileSync(file, this.#bytes)
      writeFileSync(`${file}-wal`, this.#log())
      return { how: 'log', file }
    }
    copyFileSync(this.#sound, file)
    const how = kind < 0.55 ? this.#scheme() : kind < 0.62 ? this.#hidden() : this.#rows()
    return { how, file }
  }

  /** A write-ahead log: noise, or one that seems to be one. */
  #log(): Buffer {
    const dice = this.#dice
    const noise = dice.bytes(32 + dice.below(9000))
    if (dice.share() < 0.7) {
      noise.writeUInt32BE(0x377f0682 + dice.below(2), 0)
      noise.writeUInt32BE(3_007_000, 4)
      noise.writeUInt32BE(4096, 8)
    }
    return noise
  }

  #scheme(): string {
    const sql = this.#dice.one(SCHEMES)
    this.#with((database) => database.exec(sql))
    return sql
  }

  /** Changes the schema's own table, which SQLite lets no ordinary statement do. */
  #hidden(): string {
    const dice = this.#dice
    const sql = dice.one([
      `UPDATE sqlite_schema SET rootpage = ${dice.below(30)} WHERE name = '${dice.one(['run', 'events', 'tensors'])}'`,
      `UPDATE sqlite_schema SET sql = replace(sql, 'json_valid', 'likely')`,
      `UPDATE sqlite_schema SET sql = sql || ' -- ' WHERE name = 'events'`,
      `UPDATE sqlite_schema SET sql = 'CREATE TABLE run(x)' WHERE name = 'run'`,
      `UPDATE sqlite_schema SET name = 'x' WHERE name = 'mosaics'`,
      `INSERT INTO sqlite_schema VALUES ('trigger', 't', 'run', 0, 'CREATE TRIGGER t AFTER UPDATE ON run BEGIN SELECT 1; END')`,
      `INSERT INTO sqlite_schema VALUES ('view', 'v', 'v', 0, 'CREATE VIEW v AS SELECT load_extension(1)')`,
      `DELETE FROM sqlite_schema WHERE name = 'tensors'`,
    ])
    this.#with((database) => {
      database.unsafeMode(true)
      database.pragma('writable_schema = ON')
      database.exec(sql)
    })
    return sql
  }

  #rows(): string {
    const dice = this.#dice
    this.#with((database) => {
      database.pragma('foreign_keys = OFF')
      if (dice.share() < 0.8) database.pragma('ignore_check_constraints = ON')
      for (let i = 0; i <= dice.below(2); i++) dice.one(ROWS)(database, dice)
    })
    return 'rows'
  }

  /** What SQLite itself refuses to do to the file is no harm done. */
  #with(work: (database: Database.Database) => void): void {
    const database = new Database(this.#target)
    try {
      work(database)
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
    } finally {
      database.close()
    }
  }
}
