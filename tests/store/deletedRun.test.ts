import Database from 'better-sqlite3'
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RunFile } from '../../main/store/runFile'
import { isRunLocked, tryLockRun } from '../../main/store/runLock'
import { checkpointAt, createRun, mosaic, temporaryHome, tick } from './home'

let home: ReturnType<typeof temporaryHome>
let file = ''
let run: RunFile

beforeEach(() => {
  home = temporaryHome()
  file = home.runFile('r1')
  createRun(home, 'r1').close()
  run = RunFile.openForTraining(file)
  run.recordEvent(tick(16))
  run.recordEvent(mosaic(16, [1, 2, 3]))
  const { id } = run.saveCheckpoint(checkpointAt(16))
  run.pinCheckpoint(id, true)
  run.favourites.set({ seed: 7, className: null }, true)
})
afterEach(() => {
  run.close()
  home.remove()
})

/** Deletes what has the run's name, its log and lock included unless only the file shall go. */
function deleteRun({ alone = false } = {}): void {
  for (const name of readdirSync(home.runsFolder)) {
    if (!alone || name === 'r1.sqlite') rmSync(join(home.runsFolder, name))
  }
}

/** What a run file holds, as far as these tests wrote it. */
function contents(of: RunFile) {
  const { checkpoint } = of.loadNewestGoodCheckpoint()
  return {
    events: of.eventsAfter(0, 100),
    stored: of.storedCheckpoints(),
    tensors: [...checkpoint!.tensors],
    favourites: of.favourites.list(),
    config: of.config,
  }
}

function fromDisk<T>(read: (run: RunFile) => T): T {
  const other = RunFile.openForReading(file)
  try {
    return read(other)
  } finally {
    other.close()
  }
}

describe('a run file that is deleted while it is trained', () => {
  test.each([
    ['alone, its log left behind', true],
    ['with all that lies beside it', false],
  ])('%s, is written anew with all that was in it, and written on', (_, alone) => {
    const before = contents(run)
    deleteRun({ alone })
    expect(() => run.recordEvent(tick(32))).toThrow('was moved, deleted or replaced')
    expect(run.restoreIfDeleted()).toEqual({ code: 'file_rewritten', values: { file } })
    expect(contents(run)).toEqual(before)
    run.recordEvent(tick(32))
    run.saveCheckpoint(checkpointAt(32))
    run.changeSettings({ intervals: { tickImages: 999 } }, 32)
    const after = contents(run)
    run.close()
    expect(fromDisk(contents)).toEqual(after)
    expect(fromDisk((other) => other.verify())).toMatchObject({ fileIntact: true })
    expect(readdirSync(home.runsFolder)).toEqual(['r1.sqlite'])
  })

  test('again and again, is written anew each time', () => {
    for (const images of [32, 48, 64]) {
      deleteRun({ alone: images === 48 })
      expect(run.restoreIfDeleted()).not.toBeNull()
      run.recordEvent(tick(images))
    }
    expect(fromDisk((other) => other.summary().imagesSeen)).toBe(64)
  })

  test('is written anew where its whole folder was deleted', () => {
    const before = contents(run)
    rmSync(home.runsFolder, { recursive: true })
    expect(run.restoreIfDeleted()).not.toBeNull()
    expect(fromDisk(contents)).toEqual(before)
  })
})

test('a run file that is there, or was only moved, is not written anew', () => {
  expect(run.restoreIfDeleted()).toBeNull()
  renameSync(file, `${file}.moved`)
  expect(run.restoreIfDeleted()).toBeNull()
  expect(existsSync(file)).toBe(false)
  renameSync(`${file}.moved`, file)
  run.recordEvent(tick(32))
})

test('what another file in its place holds is kept, with the log that is its own', () => {
  const before = contents(run)
  const other = join(home.folder, 'other.sqlite')
  RunFile.openForReading(file).close()
  const copy = new Database(file)
  copy.prepare('VACUUM INTO ?').run(other)
  copy.close()
  const stranger = new Database(other)
  stranger.pragma('journal_mode = WAL')
  stranger.exec(`UPDATE run SET name = 'From the log'`)
  deleteRun()
  for (const suffix of ['', '-wal']) renameSync(other + suffix, file + suffix)
  const kept = `${file}.replaced`
  expect(run.restoreIfDeleted()).toEqual({ code: 'file_rewritten_kept', values: { file, kept } })
  expect(contents(run)).toEqual(before)
  const read = new Database(kept)
  expect(read.prepare('SELECT name FROM run').pluck().get()).toBe('From the log')
  read.close()
  stranger.close()
  expect(fromDisk(contents)).toEqual(before)
})

test('the log of the deleted run is not taken for that of a file put in its place', () => {
  const other = join(home.folder, 'other.sqlite')
  const copy = new Database(file)
  copy.prepare('VACUUM INTO ?').run(other)
  copy.close()
  run.recordEvent(tick(32))
  renameSync(other, file)
  expect(run.restoreIfDeleted()).not.toBeNull()
  expect(readdirSync(home.runsFolder)).not.toContain('r1.sqlite.replaced-wal')
  expect(fromDisk((of) => of.summary().imagesSeen)).toBe(32)
  const read = new Database(`${file}.replaced`)
  expect(read.prepare('SELECT images_seen FROM run').pluck().get()).toBe(16)
  read.close()
})

test('a lock whose file was deleted is taken anew, unless another was quicker', () => {
  const lockFile = home.lockFile('r1')
  const lock = tryLockRun(lockFile)!
  expect(lock.keep()).toBe(true)
  rmSync(lockFile)
  expect(lock.keep()).toBe(true)
  expect(tryLockRun(lockFile)).toBeNull()
  rmSync(lockFile)
  const quicker = tryLockRun(lockFile)!
  expect(lock.keep()).toBe(false)
  quicker.release()
  expect(lock.keep()).toBe(true)
  lock.release()
  expect(isRunLocked(lockFile)).toBe(false)
})
