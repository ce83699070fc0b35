import type { Sample } from '../../shared/domain/sample'
import type { Favourite } from '../../shared/protocol/gallery'
import type { Connection } from './database'

type Row = { seed: number; className: string; addedAt: number }

/** The favourites of one run file. */
export class Favourites {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** All, in the order in which they were added. */
  list(): Favourite[] {
    return this.#connection
      .prepare<[], Row>(
        `SELECT seed, class_name AS className, added_at AS addedAt FROM favourites
         ORDER BY added_at, seed, class_name`,
      )
      .all()
      .map((row) => ({ ...row, className: row.className === '' ? null : row.className }))
  }

  /** Adds or removes one; nothing happens when it is so already. */
  set({ seed, className }: Sample, favourite: boolean): void {
    const key = [seed, className ?? ''] as const
    if (favourite) {
      this.#connection
        .prepare('INSERT OR IGNORE INTO favourites (seed, class_name, added_at) VALUES (?, ?, ?)')
        .run(...key, Date.now())
    } else {
      this.#connection
        .prepare('DELETE FROM favourites WHERE seed = ? AND class_name = ?')
        .run(...key)
    }
  }
}
