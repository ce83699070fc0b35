import type { PictureClass } from '../../shared/domain/dataset'
import type { Connection } from './database'

/** Classes by number, each with its pictures. */
export function listClasses(connection: Connection): PictureClass[] {
  return connection
    .prepare<[], PictureClass>(
      `SELECT name, count(pictures.number) AS pictures FROM classes
       LEFT JOIN pictures ON pictures.class = classes.number GROUP BY classes.number ORDER BY classes.number`,
    )
    .all()
}

/** Each picture's class by number, -1 for none. */
export function labelsOf(connection: Connection): Int32Array {
  const rows = connection
    .prepare<[], number>('SELECT coalesce(class, -1) FROM pictures ORDER BY number')
    .pluck()
  return Int32Array.from(rows.all())
}

/** Adds those that are not known yet, all or none; numbers follow the order in which they came. */
export function insertClasses(connection: Connection, names: readonly string[]): void {
  const add = connection.prepare<[string]>(
    'INSERT OR IGNORE INTO classes (number, name) VALUES ((SELECT count(*) FROM classes), ?)',
  )
  connection.transaction(() => names.forEach((name) => add.run(name))).immediate()
}

/** Gives each picture without a class the one that `classOf` tells by its path, all or none of them. */
export function setClasses(connection: Connection, classOf: (path: string) => string | null): void {
  const paths = connection
    .prepare<[], string>('SELECT path FROM pictures WHERE class IS NULL')
    .pluck()
  const set = connection.prepare<[string, string]>(
    'UPDATE pictures SET class = (SELECT number FROM classes WHERE name = ?) WHERE path = ?',
  )
  const setAll = connection.transaction(() => {
    for (const path of paths.all()) {
      const name = classOf(path)
      if (name !== null) set.run(name, path)
    }
  })
  setAll.immediate()
}
