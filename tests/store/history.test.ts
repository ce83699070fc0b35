import Database from 'better-sqlite3'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { complaintOf } from '../../shared/domain/explanation'
import { updateDetails } from '../../main/library/details'
import { isBusy } from '../../main/store/database'
import { importRun } from '../../main/store/importRun'
import { RunFile } from '../../main/store/runFile'
import { tryLockRun } from '../../main/store/runLock'
import { copyRun } from '../../main/store/snapshot'
import { Trash } from '../../main/store/trash'
import { checkpointAt, createRun, mosaic, newRun, temporaryHome, tick } from './home'

const home = temporaryHome()
afterAll(home.remove)

function summaryOf(id: string) {
  const run = RunFile.openForReading(home.runFile(id))
  const summary = run.summary()
  run.close()
  return summary
}

/** A run of a few events and two checkpoints, closed. */
function grown(id: string): string {
  const run = createRun(home, id)
  run.recordEvent({ kind: 'stage', imagesSeen: 0, stage: 0, resolution: 4, phase: 'stable' })
  run.recordEvent(mosaic(0, [0]))
  run.recordEvent(tick(1024))
  run.recordEvent(mosaic(1024, [1]))
  run.recordEvent({ kind: 'checkpoint', checkpoint: run.saveCheckpoint(checkpointAt(1024)) })
  run.recordEvent(tick(2048))
  run.recordEvent(mosaic(2048, [2]))
  run.recordEvent({ kind: 'checkpoint', checkpoint: run.saveCheckpoint(checkpointAt(2048)) })
  run.close()
  return home.runFile(id)
}

describe('what is said of a run', () => {
  test('is kept in its file; what is not said stays', () => {
    const run = createRun(home, 'said')
    expect(run.summary()).toMatchObject({ tags: [], note: '', starred: false, parent: null })
    run.setDetails({ name: 'Oak', tags: ['tree', '树'], starred: true }, 100)
    run.setDetails({ note: 'It\'s slow; "drop table run"' }, 100)
    run.setDetails({}, 100)
    run.close()
    expect(summaryOf('said')).toMatchObject({
      name: 'Oak',
      tags: ['tree', '树'],
      starred: true,
      note: 'It\'s slow; "drop table run"',
    })
  })

  test('is written between what the one who trains writes, and nothing of either is lost', async () => {
    const trainer = createRun(home, 'both')
    const lock = tryLockRun(home.lockFile('both'))!
    const saying = (async () => {
      for (let said = 1; said <= 20; said++) {
        await updateDetails(home.runFile('both'), { note: `note ${said}` })
      }
      return true
    })()
    const turn = () => new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))
    let images = 0
    do trainer.recordEvent(tick((images += 16)))
    while (!(await Promise.race([saying, turn()])))
    trainer.close()
    lock.release()
    expect(summaryOf('both')).toMatchObject({ note: 'note 20', imagesSeen: images })
  })

  test('waits its turn while a large transaction is written', async () => {
    const file = grown('busy')
    const writer = new Database(file)
    writer.exec('BEGIN IMMEDIATE')
    const run = RunFile.openForWriting(file)
    let refusal: unknown
    try {
      run.setDetails({ note: 'no' }, 10)
    } catch (error) {
      refusal = error
    }
    run.close()
    expect(isBusy(refusal)).toBe(true)
    const update = updateDetails(file, { note: 'in the end' })
    await new Promise((resolve) => setTimeout(resolve, 200))
    writer.exec('COMMIT')
    writer.close()
    await update
    expect(summaryOf('busy').note).toBe('in the end')
  })
})

test('time counts while a run trains, and not while the computer sleeps', () => {
  const run = createRun(home, 'time')
  run.setState('training')
  const database = new Database(home.runFile('time'))
  const longAgo = (ms: number) =>
    database.exec(`UPDATE run SET last_activity_at = ${Date.now() - ms}`)
  longAgo(60_000)
  run.recordEvent(tick(16))
  expect(run.summary().trainedSeconds).toBeCloseTo(60, 0)
  longAgo(30_000)
  run.recordEvent({ kind: 'state', imagesSeen: 16, state: 'paused' })
  expect(run.summary().trainedSeconds).toBeCloseTo(60, 0)
  longAgo(8 * 3_600_000)
  run.recordEvent(tick(32))
  expect(run.summary().trainedSeconds).toBeCloseTo(660, 0)
  database.close()
  run.close()
})

test('a file of format 1 learns how long it was trained from its ticks', () => {
  copyFileSync(join(__dirname, 'files/run-format-1.sqlite'), home.runFile('run-format-1'))
  expect(summaryOf('run-format-1')).toMatchObject({
    tags: [],
    note: '',
    starred: false,
    mosaicSeq: 2,
  })
  expect(summaryOf('run-format-1').trainedSeconds).toBeGreaterThan(0)
})

describe('a branch', () => {
  test('has its checkpoint and what led there, and nothing of what came after', () => {
    const parent = RunFile.openForReading(grown('parent'))
    const [first] = parent.checkpoints()
    const checkpoint = parent.loadCheckpoint(first!.id)
    const from = { runId: 'parent', name: 'Run parent', checkpointId: first!.id, imagesSeen: 1024 }
    RunFile.createBranch(
      home.runFile('child'),
      { ...newRun('child'), parent: from },
      parent,
      checkpoint,
    ).close()
    const child = RunFile.openForReading(home.runFile('child'))
    expect(child.summary()).toMatchObject({ parent: from, state: 'paused', imagesSeen: 1024 })
    expect(child.newestMosaic()!.webp).toEqual(Uint8Array.of(1))
    expect(child.eventsAfter(0, 100).map(({ seq, body }) => [seq, body.kind])).toEqual([
      [1, 'stage'],
      [2, 'mosaic'],
      [3, 'tick'],
      [4, 'mosaic'],
      [5, 'checkpoint'],
      [6, 'state'],
    ])
    const [own] = child.storedCheckpoints()
    expect(own).toMatchObject({ pinned: true, imagesSeen: 1024, step: 64 })
    expect(child.loadCheckpoint(own!.id).tensors).toEqual(checkpoint.tensors)
    expect(child.mosaics().map(({ imagesSeen }) => imagesSeen)).toEqual([0, 1024])
    child.close()
    parent.close()
  })
})

describe('going back to a checkpoint', () => {
  test('drops what came after it', () => {
    const run = RunFile.openForWriting(grown('back'))
    run.rewindTo(run.checkpoints()[0]!.id)
    expect(run.checkpoints().map(({ imagesSeen }) => imagesSeen)).toEqual([1024])
    expect(run.summary()).toMatchObject({ state: 'paused', imagesSeen: 1024, mosaicSeq: 4 })
    expect(run.eventsAfter(0, 100).map(({ body }) => body.kind)).toEqual([
      'stage',
      'mosaic',
      'tick',
      'mosaic',
      'checkpoint',
      'state',
    ])
    run.close()
  })

  test('is refused where a checkpoint that would go is damaged', () => {
    const file = grown('torn')
    const bytes = readFileSync(file)
    const at = bytes.indexOf(new Uint8Array(Float32Array.of(2048 + 900 / 7, 2048 + 901 / 7).buffer))
    bytes[at]! ^= 1
    writeFileSync(file, bytes)
    const run = RunFile.openForWriting(file)
    expect(() => run.rewindTo(run.checkpoints()[0]!.id)).toThrow(/damaged.*Branch/)
    expect(run.checkpoints()).toHaveLength(2)
    run.close()
  })
})

describe('the trash', () => {
  const trash = new Trash(home)

  test('holds deleted runs whole, with what was in the log, and gives them back', () => {
    grown('gone')
    const run = RunFile.openForWriting(home.runFile('gone'))
    run.recordEvent(tick(3072))
    // As a crash leaves it: the log is not folded in.
    copyFileSync(home.runFile('gone'), home.runFile('crashed'))
    copyFileSync(`${home.runFile('gone')}-wal`, `${home.runFile('crashed')}-wal`)
    run.close()
    trash.put('crashed')
    expect(readdirSync(home.runsFolder).filter((name) => name.startsWith('crashed'))).toEqual([])
    trash.put('gone')
    expect(trash.list().map(({ runId, name }) => [runId, name])).toContainEqual([
      'gone',
      'Run gone',
    ])
    trash.restore('gone')
    expect(summaryOf('gone')).toMatchObject({ imagesSeen: 3072 })
    expect(existsSync(home.trashedFile('gone'))).toBe(false)
    copyFileSync(home.trashedFile('crashed'), home.runFile('gone2'))
    const kept = RunFile.openForReading(home.runFile('gone2'))
    expect(kept.summary().imagesSeen).toBe(3072)
    kept.close()
  })

  test('refuses a run that trains, and one to come back that is there already', () => {
    const lock = tryLockRun(home.lockFile('gone'))!
    expect(() => trash.put('gone')).toThrow('being trained')
    lock.release()
    trash.put('gone')
    grown('gone')
    expect(() => trash.restore('gone')).toThrow('exists already')
    expect(() => trash.put('never')).toThrow('There is no run never')
    expect(() => trash.restore('never')).toThrow('not in the trash')
  })

  test('keeps a run for its days and removes it then', () => {
    const old = new Date(Date.now() - 8 * 24 * 3_600_000)
    utimesSync(home.trashedFile('crashed'), old, old)
    trash.empty(7)
    expect(trash.list().map(({ runId }) => runId)).toEqual(['gone'])
    trash.empty()
    expect(trash.list()).toEqual([])
    expect(readdirSync(home.trashFolder)).toEqual([])
  })
})

describe('a copy of a run', () => {
  test('is of one moment, also while the run is trained', async () => {
    const trainer = RunFile.openForWriting(grown('live'))
    let images = 2048
    const copy = join(home.folder, 'live.sprout')
    await copyRun(home.runFile('live'), copy, {
      onProgress: () => void trainer.recordEvent(tick((images += 16))),
    })
    expect(images).toBeGreaterThan(2048)
    trainer.close()
    expect(readdirSync(home.folder).filter((name) => name.startsWith('live'))).toEqual([
      'live.sprout',
    ])
    const run = RunFile.openForReading(copy)
    expect(run.summary().imagesSeen).toBe(2048)
    expect(run.verify()).toMatchObject({ fileIntact: true })
    run.close()
  })

  test('that cannot be written, or is stopped, leaves nothing', async () => {
    const file = grown('still')
    await expect(copyRun(file, join(home.folder, 'no/where.sprout'))).rejects.toThrow(
      /where\.sprout/,
    )
    await expect(copyRun(file, file)).rejects.toThrow("run's own file")
    const signal = AbortSignal.abort(new Error('Cancelled'))
    await expect(copyRun(file, join(home.folder, 'stop.sprout'), { signal })).rejects.toThrow(
      'Cancelled',
    )
    expect(readdirSync(home.folder).filter((name) => name.includes('stop'))).toEqual([])
  })
})

describe('importing', () => {
  const fresh = () => 'new-id'
  const away = join(home.folder, 'away.sprout')

  /** A run file as someone else may have made it. */
  function tampered(change: (database: Database.Database) => void): string {
    const file = join(home.folder, 'tampered.sprout')
    copyFileSync(away, file)
    const database = new Database(file)
    database.pragma('journal_mode = DELETE')
    database.unsafeMode(true)
    change(database)
    database.close()
    return file
  }

  test('takes a run in under its own id, or under a new one where that is taken', async () => {
    const file = grown('away')
    const run = RunFile.openForWriting(file)
    run.setDetails({ tags: ['mine'], note: 'from afar' }, 100)
    run.setState('training')
    run.close()
    await copyRun(file, away)
    expect(await importRun(home, away, fresh)).toEqual({ runId: 'new-id', renamed: true })
    expect(summaryOf('new-id')).toMatchObject({ id: 'new-id', tags: ['mine'], state: 'paused' })
    const elsewhere = temporaryHome()
    expect(await importRun(elsewhere, away, fresh)).toEqual({ runId: 'away', renamed: false })
    expect(readdirSync(elsewhere.runsFolder)).toEqual(['away.sqlite'])
    elsewhere.remove()
  })

  test('takes the log along that lies beside a file', async () => {
    const run = RunFile.openForWriting(home.runFile('away'))
    run.recordEvent(tick(4096))
    const elsewhere = temporaryHome()
    await importRun(elsewhere, home.runFile('away'), fresh)
    run.close()
    const there = RunFile.openForReading(elsewhere.runFile('away'))
    expect(there.summary().imagesSeen).toBe(4096)
    there.close()
    elsewhere.remove()
  })

  test('refuses, in one line that names the file, what is no whole run file, and leaves nothing', async () => {
    const text = join(home.folder, 'text.sprout')
    writeFileSync(text, 'hello '.repeat(500))
    await expect(importRun(home, text, fresh)).rejects.toThrow(`${text} is not a Sprout run file`)
    await expect(importRun(home, home.folder, fresh)).rejects.toThrow('is a folder')
    const newer = tampered((database) => database.pragma('user_version = 99'))
    await expect(importRun(home, newer, fresh)).rejects.toThrow(/tampered.*newer Sprout/)
    const bytes = readFileSync(away)
    const at = bytes.indexOf(new Uint8Array(Float32Array.of(1024 + 900 / 7, 1024 + 901 / 7).buffer))
    bytes[at]! ^= 1
    const bent = join(home.folder, 'bent.sprout')
    writeFileSync(bent, bytes)
    await expect(importRun(home, bent, fresh)).rejects.toThrow(/bent\.sprout is damaged: Tensor/)
    writeFileSync(bent, bytes.subarray(0, bytes.length / 2))
    await expect(importRun(home, bent, fresh)).rejects.toThrow(/bent\.sprout is damaged/)
    expect(readdirSync(home.runsFolder).filter((name) => name.startsWith('.import'))).toEqual([])
  })

  test.each([
    ['a trigger', `CREATE TRIGGER t AFTER UPDATE ON run BEGIN DELETE FROM checkpoints; END`],
    ['a view', 'CREATE VIEW v AS SELECT 1'],
    ['a further table', 'CREATE TABLE more (x)'],
    ['a missing index', 'DROP INDEX tensors_by_checkpoint'],
    ['an expression index', 'CREATE INDEX i ON events (lower(kind))'],
  ])('refuses %s', async (_, sql) => {
    const file = tampered((database) => database.exec(sql))
    await expect(importRun(home, file, fresh)).rejects.toThrow(
      /tampered.*not laid out as a run file/,
    )
  })

  test('refuses a table that looks right and is another', async () => {
    const file = tampered((database) => {
      database.pragma('writable_schema = ON')
      database.exec(
        `UPDATE sqlite_schema SET sql = replace(sql, 'note TEXT', 'note TEXT  ') WHERE name = 'run'`,
      )
    })
    await expect(importRun(home, file, fresh)).rejects.toThrow(/not laid out/)
  })

  test('gives an id of its own to a run whose id would lead elsewhere', async () => {
    const file = tampered((database) => database.exec(`UPDATE run SET id = '../../evil'`))
    expect(await importRun(home, file, () => 'tame')).toEqual({ runId: 'tame', renamed: true })
    expect(existsSync(home.runFile('tame'))).toBe(true)
  })

  test('refuses settings that are none', async () => {
    const file = tampered((database) => database.exec(`UPDATE run SET config = '{"version":1}'`))
    const refusal: unknown = await importRun(home, file, fresh).catch((error: unknown) => error)
    const { message, why } = complaintOf(refusal)
    expect(message).toMatch(/tampered.*settings/)
    // For a window to say it in the person's language, with what exactly is odd as a quotation.
    const detail = expect.stringMatching(/^it has settings/) as string
    expect(why).toEqual({ code: 'import_failed', values: { file, detail } })
  })
})
