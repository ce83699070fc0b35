import Database from 'better-sqlite3'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createDatabase, openDatabase, type FileKind } from '../../main/store/database'
import { DatasetFile } from '../../main/store/datasetFile'
import { openHome, UnusableHomeError } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { createRun, temporaryHome } from './home'

const home = temporaryHome()
afterAll(home.remove)
const file = (name: string) => join(home.folder, name)

const OLD: FileKind = { what: 'thing', applicationId: 77, migrations: ['CREATE TABLE a (x)'] }
const NEW: FileKind = {
  ...OLD,
  migrations: [...OLD.migrations, 'ALTER TABLE a ADD COLUMN y DEFAULT 5'],
}

test('an older format is brought up to date, with its rows, by reader and writer alike', () => {
  for (const mode of ['read', 'write'] as const) {
    const path = file(`old-${mode}.sqlite`)
    createDatabase(path, OLD, (db) => db.exec('INSERT INTO a VALUES (1)')).close()
    const db = openDatabase(path, NEW, mode)
    expect(db.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: 5 }])
    expect(db.pragma('user_version', { simple: true })).toBe(2)
    db.close()
  }
})

test('an upgrade that fails leaves the file as it was', () => {
  const path = file('broken-upgrade.sqlite')
  createDatabase(path, OLD, (db) => db.exec('INSERT INTO a VALUES (1)')).close()
  const broken = {
    ...OLD,
    migrations: [...OLD.migrations, 'CREATE TABLE b (x); DROP TABLE nothing'],
  }
  expect(() => openDatabase(path, broken, 'write')).toThrow(/broken-upgrade.*format 1 to 2/)
  const db = openDatabase(path, OLD, 'read')
  expect(db.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['a'])
  db.close()
})

test('a newer format is refused by name', () => {
  const path = file('newer.sqlite')
  createDatabase(path, NEW, () => undefined).close()
  expect(() => openDatabase(path, OLD, 'read')).toThrow(/newer\.sqlite has format 2.*newer Sprout/)
})

test('foreign files are refused by name and left alone', () => {
  const foreign = new Database(home.runFile('foreign'))
  foreign.exec('CREATE TABLE songs (title)')
  foreign.close()
  writeFileSync(
    home.runFile('text'),
    'not a database at all, but quite long enough to be one'.repeat(99),
  )
  writeFileSync(home.runFile('empty'), '')
  for (const id of ['foreign', 'text', 'empty']) {
    expect(() => RunFile.openForWriting(home.runFile(id))).toThrow(
      `${home.runFile(id)} is not a Sprout run`,
    )
    expect(existsSync(`${home.runFile(id)}-wal`)).toBe(false)
  }
  createRun(home, 'run').close()
  expect(() => DatasetFile.open(home.runFile('run'))).toThrow('not a Sprout dataset file')
})

test('a home that cannot be written is refused with its path', () => {
  writeFileSync(file('a-file'), '')
  const path = join(file('a-file'), 'home')
  expect(() => openHome(path)).toThrow(UnusableHomeError)
  expect(() => openHome(path)).toThrow(path)
})

test('an id cannot lead out of the home', () => {
  for (const id of ['../x', 'a/b', 'a\\b', '', '.', '..', '.hidden']) {
    expect(() => home.runFile(id)).toThrow('There is no run')
  }
})
