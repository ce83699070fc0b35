import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, openDatabase, type Connection, type FileKind } from './database'
import type { Home } from './home'
import rehearsals1 from './migrations/rehearsals/001-initial.sql?raw'

/** `rehearsals.sqlite` */
const REHEARSALS_FILE: FileKind = {
  what: 'rehearsals',
  // 'SprH'
  applicationId: 0x53707248,
  migrations: [rehearsals1],
}

/** Answers kept; the oldest go first. */
const MOST_ANSWERS = 1000

/** Remembers what rehearsals found, so that the same is not measured twice. */
export class RehearsalCache {
  readonly #connection: Connection

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Opens the home's cache, or a new one when it is missing, damaged or of a newer Sprout: only time is lost. */
  static open(home: Home): RehearsalCache {
    const file = join(home.folder, 'rehearsals.sqlite')
    try {
      return new RehearsalCache(openOrCreate(file))
    } catch (error) {
      if (!existsSync(file)) throw error
      for (const suffix of ['-wal', '-shm', '']) rmSync(file + suffix, { force: true })
      return new RehearsalCache(openOrCreate(file))
    }
  }

  /** What was remembered under `key`, as it was given; undefined when nothing was. */
  get(key: string): unknown {
    const answer = this.#connection
      .prepare<[string], string>('SELECT answer FROM answers WHERE key = ?')
      .pluck()
      .get(key)
    return answer === undefined ? undefined : JSON.parse(answer)
  }

  /** Remembers a value that JSON can hold. */
  set(key: string, answer: object): void {
    const connection = this.#connection
    connection.transaction(() => {
      connection
        .prepare('INSERT OR REPLACE INTO answers (key, answer, found_at) VALUES (?, ?, ?)')
        .run(key, JSON.stringify(answer), Date.now())
      connection
        .prepare(
          `DELETE FROM answers WHERE key IN
             (SELECT key FROM answers ORDER BY found_at DESC, rowid DESC LIMIT -1 OFFSET ?)`,
        )
        .run(MOST_ANSWERS)
    })()
  }

  close(): void {
    this.#connection.close()
  }
}

function openOrCreate(file: string): Connection {
  if (existsSync(file)) return openDatabase(file, REHEARSALS_FILE, 'write')
  try {
    return createDatabase(file, REHEARSALS_FILE, () => undefined)
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(file)) throw error
    return openDatabase(file, REHEARSALS_FILE, 'write')
  }
}
