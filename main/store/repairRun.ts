import { randomUUID } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { explained } from '../../shared/domain/explanation'
import { nothingLost, type RepairReport } from '../../shared/domain/repair'
import { TrainConfigSchema } from '../../shared/domain/trainConfig'
import { TrainEventBodySchema } from '../../shared/domain/trainEvent'
import { checksum } from './tensorRows'
import { createDatabase, foldLog, NewerFileError, openDatabase, type Connection } from './database'
import { RUN_FILE } from './fileKinds'
import { RunFile } from './runFile'
import { tryLockRun } from './runLock'
import {
  attempt,
  copyRows,
  hasTable,
  insertSound,
  openWreck,
  replaceDamaged,
  type SalvagedRow,
} from './salvage'
import { makeSound } from './soundRunRow'

/** Where a run's file and lock are. */
type Places = { runFile(id: string): string; lockFile(id: string): string }

/**
 * Makes a damaged run usable again: copies every row that can be read and is sound into a fresh file, which takes the
 * damaged one's place; that one is kept beside it. Checkpoints are taken over only whole. A file that is sound stays as
 * it is. Throws one clear line, and changes nothing, when the run is being trained or its settings are lost.
 */
export function repairRun(home: Places, id: string): RepairReport {
  const file = home.runFile(id)
  if (!existsSync(file)) throw explained('run_missing', { run: id, file })
  const lock = tryLockRun(home.lockFile(id))
  if (lock === null) throw explained('run_trains_repair', { run: id })
  try {
    return soundReport(id, file) ?? rebuild(id, file)
  } finally {
    lock.release()
  }
}

/** The report of a file in which everything is as it should be; null for another. */
function soundReport(id: string, file: string): RepairReport | null {
  try {
    const run = RunFile.openForReading(file)
    try {
      const { fileIntact, checkpoints } = run.verify()
      // A copy under another name is known by that name from here on.
      if (run.summary().id !== id) return null
      run.eventsAfter(0, Number.MAX_SAFE_INTEGER)
      const sound = fileIntact && checkpoints.every(({ problems }) => problems.length === 0)
      if (!sound) return null
      return { ...nothingLost('run', id, file), checkpoints: checkpoints.map(({ info }) => info) }
    } finally {
      run.close()
    }
  } catch (error) {
    // Of a newer Sprout: it is sound, but not for us to touch.
    if (error instanceof NewerFileError) throw error
    return null
  }
}

function rebuild(id: string, file: string): RepairReport {
  const wreck = openWreck(file, RUN_FILE, (connection) => settingsOf(connection) !== null)
  if (wreck === null) {
    throw explained('repair_run_lost', { file })
  }
  const fresh = join(dirname(file), `.repair-${process.pid}-${randomUUID()}`)
  try {
    const older = { ...RUN_FILE, migrations: RUN_FILE.migrations.slice(0, wreck.format) }
    let lost: Lost | null = null
    createDatabase(
      fresh,
      older,
      (created) => (lost = salvage(id, wreck.connection, created)),
    ).close()
    // What the newer formats have is added to the rows that were saved.
    openDatabase(fresh, RUN_FILE, 'write').close()
    foldLog(fresh)
    const run = RunFile.openForReading(fresh)
    const checkpoints = run.checkpoints()
    run.close()
    const kept = replaceDamaged(file, fresh)
    return { ...nothingLost('run', id, file), ...lost!, checkpoints, kept }
  } catch (error) {
    // What is wrong is wrong with the file that the person knows.
    const reason = error instanceof Error ? error.message : String(error)
    if (!reason.includes(fresh)) throw error
    const detail = reason.replaceAll(fresh, file)
    throw explained('repair_failed', { file, detail }, { cause: error })
  } finally {
    wreck.close()
    for (const suffix of ['', '-wal', '-shm']) rmSync(fresh + suffix, { force: true })
  }
}

type Lost = Pick<RepairReport, 'lostCheckpoints' | 'lostEvents' | 'lostMosaics'>

/** The run's row, if it can be read and its settings make sense. */
function settingsOf(connection: Connection): SalvagedRow | null {
  const row = connection.prepare<[], SalvagedRow>('SELECT rowid AS rowId, * FROM run').get()
  const config = typeof row?.['config'] === 'string' ? parsed(row['config']) : undefined
  return row !== undefined && v.safeParse(TrainConfigSchema, config).success ? row : null
}

/** Copies what is sound from one open file to another of the same format, and tells what was not. */
function salvage(id: string, from: Connection, to: Connection): Lost {
  copyRows(from, to, 'run', (row) => {
    // Nobody trains it any more: a state of training is none that makes sense here.
    makeSound(row)
    row['id'] = id
    row['only_row'] = 1
    return true
  })
  if (hasTable(to, 'favourites')) copyFavourites(from, to)
  return { ...salvageHistory(from, to), lostCheckpoints: salvageCheckpoints(from, to) }
}

function salvageHistory(from: Connection, to: Connection): Omit<Lost, 'lostCheckpoints'> {
  let [last, events] = [0, 0]
  const pictured = new Set<number>()
  copyRows(from, to, 'events', (row) => {
    last = Math.max(last, row.rowId)
    const body = typeof row['body'] === 'string' ? parsed(row['body']) : undefined
    const whole = typeof body === 'object' ? { ...body, webp: new Uint8Array() } : body
    const result = v.safeParse(TrainEventBodySchema, whole)
    if (!result.success || result.output.kind !== row['kind']) return false
    events++
    if (result.output.kind === 'mosaic') pictured.add(row.rowId)
    return true
  })
  copyRows(from, to, 'mosaics', ({ rowId, webp }) => {
    if (!pictured.has(rowId) || !(webp instanceof Uint8Array)) return false
    pictured.delete(rowId)
    return true
  })
  // Of those that a later one made void the pictures may be gone in good order; no list shows them.
  const voided = to.prepare('SELECT superseded FROM events WHERE seq = ?').pluck()
  const remove = to.prepare('DELETE FROM events WHERE seq = ?')
  let lostMosaics = 0
  for (const seq of pictured) {
    if (voided.get(seq) === 1) continue
    lostMosaics++
    remove.run(seq)
  }
  return { lostEvents: last - events, lostMosaics }
}

/** Copies checkpoints that are whole; answers the images seen of the others. */
function salvageCheckpoints(from: Connection, to: Connection): number[] {
  const due = new Map<number, { imagesSeen: number; tensors: number }>()
  copyRows(from, to, 'checkpoints', (row) => {
    const { images_seen: imagesSeen, tensor_count: tensors } = row
    if (typeof imagesSeen !== 'number' || typeof tensors !== 'number') return false
    due.set(row.rowId, { imagesSeen, tensors })
    return true
  })
  const missing = new Map([...due].map(([id, { tensors }]) => [id, tensors]))
  copyRows(from, to, 'tensors', ({ checkpoint_id: id, name, shape, sha256, data }) => {
    const left = missing.get(id as number)
    if (left === undefined || typeof name !== 'string' || typeof shape !== 'string') return false
    if (!Buffer.isBuffer(data) || !Buffer.isBuffer(sha256)) return false
    if (!checksum(name, shape, data).equals(sha256)) return false
    missing.set(id as number, left - 1)
    return true
  })
  const remove = to.prepare('DELETE FROM checkpoints WHERE id = ?')
  const lost = [...due].filter(([id]) => missing.get(id) !== 0)
  for (const [id] of lost) remove.run(id)
  return lost.map(([, { imagesSeen }]) => imagesSeen)
}

/** This table has no numbers by which rows could be found around a damage. */
function copyFavourites(from: Connection, to: Connection): void {
  const add = to.prepare(
    'INSERT OR IGNORE INTO favourites (seed, class_name, added_at) VALUES (:seed, :class_name, :added_at)',
  )
  attempt(() => {
    for (const row of from.prepare('SELECT * FROM favourites').iterate())
      insertSound(() => add.run(row))
  })
}

/** Parsed JSON; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
