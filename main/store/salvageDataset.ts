import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { explained } from '../../shared/domain/explanation'
import { PrepareOptionsSchema, type PrepareOptions } from '../../shared/domain/dataset'
import { resolutionsBetween } from '../../shared/domain/resolution'
import { createDatabase, foldLog, openDatabase, type Connection } from './database'
import { DATASET_FILE } from './fileKinds'
import { unpack } from './packing'
import { copyRows, hasTable, openWreck, type SalvagedRow } from './salvage'

/** What could be read of a damaged dataset, in a file of its own that nobody else knows yet. */
export type SalvagedDataset = {
  readonly options: PrepareOptions
  /** Path of the fresh file; null when so little was left that the pictures are better prepared anew. */
  readonly fresh: string | null
  /** Whether its preparation was done. */
  readonly ready: boolean
  /** Numbers of pictures of which a level is lost. */
  readonly holes: readonly number[]
}

/** Copies what is sound in a damaged dataset into a fresh file beside it. Throws when its options are lost. */
export function salvageDataset(file: string): SalvagedDataset {
  const wreck = openWreck(file, DATASET_FILE, (connection) => optionsOf(connection) !== null)
  if (wreck === null) {
    throw explained('repair_dataset_lost', { file })
  }
  const fresh = join(dirname(file), `.repair-${process.pid}-${randomUUID()}`)
  try {
    const options = optionsOf(wreck.connection)!
    const ready = wreck.connection.prepare('SELECT state FROM dataset').pluck().get() === 'ready'
    const older = { ...DATASET_FILE, migrations: DATASET_FILE.migrations.slice(0, wreck.format) }
    let holes: number[] | null = null
    createDatabase(fresh, older, (created) => {
      holes = salvage(wreck.connection, created, options)
    }).close()
    openDatabase(fresh, DATASET_FILE, 'write').close()
    foldLog(fresh)
    return { options, ready, fresh: holes === null ? null : fresh, holes: holes ?? [] }
  } finally {
    wreck.close()
  }
}

function optionsOf(connection: Connection): PrepareOptions | null {
  const text = connection.prepare<[], string>('SELECT options FROM dataset').pluck().get()
  try {
    const options = v.safeParse(PrepareOptionsSchema, JSON.parse(text ?? ''))
    return options.success ? options.output : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Answers the numbers of pictures that are not whole; null when it is not known which pictures there were. */
function salvage(from: Connection, to: Connection, options: PrepareOptions): number[] | null {
  copyRows(from, to, 'dataset', () => true)
  // To be done: the holes are filled first.
  to.exec(`UPDATE dataset SET state = 'preparing'`)
  if (hasTable(to, 'classes')) copyRows(from, to, 'classes', () => true)
  copyRows(from, to, 'skipped', () => true)
  let [last, pictures] = [-1, 0]
  copyRows(from, to, 'pictures', ({ rowId }) => {
    last = Math.max(last, rowId)
    pictures++
    return true
  })
  // Without its path, nobody knows which picture it was.
  if (pictures === 0 || pictures !== last + 1) return null
  const levels = resolutionsBetween(4, options.finalResolution)
  const whole = new Uint8Array(pictures)
  for (const resolution of levels) {
    const first = resolution * 2 ** 32
    const into = new Uint8Array(resolution ** 2 * options.channels)
    const sound = ({ rowId, data }: SalvagedRow) => {
      if (!(data instanceof Uint8Array)) return false
      if (!unpacks(() => unpack(data, resolution, options.channels, into))) return false
      whole[rowId - first]!++
      return true
    }
    copyRows(from, to, 'pixels', sound, [first, first + last])
  }
  return Array.from(whole.keys()).filter((number) => whole[number] !== levels.length)
}

function unpacks(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
