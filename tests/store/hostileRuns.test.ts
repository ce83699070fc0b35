import Database from 'better-sqlite3'
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { importRun } from '../../main/store/importRun'
import { RunFile } from '../../main/store/runFile'
import { soundRun } from '../hostile/runFiles'
import { tryRunFiles } from '../hostile/tryRunFiles'
import { temporaryHome } from './home'

const home = temporaryHome()
afterAll(home.remove)
const other = temporaryHome()
afterAll(other.remove)

let count = 0
/** Imports a sound run after something was done to it. */
function importAfter(change: (database: Database.Database) => void) {
  const file = soundRun(other, `other-${++count}`)
  const database = new Database(file)
  database.pragma('ignore_check_constraints = ON')
  change(database)
  database.close()
  return importRun(home, file, () => `fresh-${count}`)
}

test('hostile run files are refused in one clear line, or can be shown', async () => {
  const tries = Number(process.env.SPROUT_HOSTILE_RUNS ?? 250)
  const tally = await tryRunFiles(home, Number(process.env.SPROUT_TEST_SEED ?? 1), tries)
  if (tries !== 250) console.log(tally)
  expect(tally.reasons.size).toBeGreaterThan(8)
  expect(tally.taken).toBeGreaterThan(0)
}, 600_000)

test('nothing in a file runs: neither triggers nor views nor virtual tables are let in', async () => {
  for (const sql of [
    'CREATE TRIGGER t AFTER UPDATE ON run BEGIN DELETE FROM checkpoints; END',
    'CREATE VIEW v AS SELECT * FROM run',
    'CREATE VIRTUAL TABLE f USING fts5(x)',
    'CREATE INDEX i ON run (upper(name))',
  ]) {
    const refused = importAfter((database) => void database.exec(sql))
    await expect(refused).rejects.toThrow(/is not laid out as a run file is/)
  }
})

test('a run that is open trusts no schema, and no extension can be loaded', async () => {
  const { runId } = await importAfter(() => undefined)
  const run = RunFile.openForReading(home.runFile(runId))
  run.close()
  const database = new Database(home.runFile(runId))
  expect(() => database.prepare(`SELECT load_extension('x')`).get()).toThrow(
    /not authorized|no such function/,
  )
  database.close()
})

test('ids that lead elsewhere, or that a system keeps for itself, are not taken over', async () => {
  for (const id of ['../x', 'CON', 'nul', 'a/b', '-rf', 'a.', '', 'x'.repeat(300)]) {
    const { runId, renamed } = await importAfter(
      (database) => void database.prepare('UPDATE run SET id = ?').run(id),
    )
    expect([renamed, runId]).toEqual([true, `fresh-${count}`])
  }
})

test('values that would be too much for a window are refused', async () => {
  const body = (text: string) => (database: Database.Database) =>
    void database.prepare(`UPDATE events SET body = ? WHERE kind = 'tick'`).run(text)
  await expect(importAfter(body('{"kind":"tick","imagesSeen":1e999}'))).rejects.toThrow(/too large/)
  await expect(importAfter(body('{}'))).rejects.toThrow(/that Sprout cannot read/)
  const name = (database: Database.Database) =>
    void database.prepare('UPDATE run SET name = ?').run('x'.repeat(1 << 20))
  await expect(importAfter(name)).rejects.toThrow(/bytes as name of run/)
  const at = (database: Database.Database) => void database.exec('UPDATE events SET at = 9e15')
  await expect(importAfter(at)).rejects.toThrow(/a at of events that cannot be/)
})

test.runIf(process.platform !== 'win32')('a pipe beside a run file is not waited for', async () => {
  const file = soundRun(other, 'piped')
  const pipe = join(other.folder, 'pipe.sprout')
  execFileSync('mkfifo', [pipe])
  execFileSync('mkfifo', [`${file}-wal`])
  await expect(importRun(home, pipe, () => 'x')).rejects.toThrow(/no regular file/)
  expect((await importRun(home, file, () => 'y')).runId).toBe('piped')
})

test('nothing of what was refused is left', () => {
  writeFileSync(join(other.folder, 'noise.sprout'), 'noise')
  expect(readdirSync(home.runsFolder).filter((name) => name.startsWith('.'))).toEqual([])
})
