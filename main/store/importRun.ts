import Database from 'better-sqlite3'
import { randomUUID } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as v from 'valibot'
import {
  because,
  complaintOf,
  explained,
  ExplainedError,
  withTexts,
} from '../../shared/domain/explanation'
import { isDeviceName } from '../../shared/domain/fileName'
import { StoredCheckpointSchema } from '../../shared/domain/storedCheckpoint'
import { checkContents } from './checkContents'
import { checkHeader, foldLog, formatOf, isDamage, openDatabase, type Connection } from './database'
import { RUN_FILE } from './fileKinds'
import type { Home } from './home'
import { RunFile } from './runFile'
import type { CopyWatch } from './snapshot'

/** More tables and indices than a run file has; a file from elsewhere may have any number. */
const MOST_SCHEMA_ROWS = 100

/** Longest line that is told, in characters: what is wrong in a file can be of any length. */
const MOST_LINE = 800

/** The id of a run that was taken in; it is a new one where `file`'s own is taken. */
export type ImportedRun = { runId: string; renamed: boolean }

/**
 * Takes a copy of a run file from anywhere into a home. Nothing in the file is trusted: only a schema that is Sprout's
 * own to the letter is accepted (so no triggers or views run), every page, constraint, value and checkpoint is verified,
 * and the run appears only once all of that is done. `newId` makes an id for a run whose own is taken. Throws one clear
 * line, naming the file, when it is no run, of a newer version, or damaged.
 */
export async function importRun(
  home: Home,
  file: string,
  newId: () => string,
  watch: CopyWatch = {},
): Promise<ImportedRun> {
  // Not named as a run, so that no list shows it.
  const copy = join(home.runsFolder, `.import-${process.pid}-${randomUUID()}`)
  try {
    await copyWithLog(file, copy, watch)
    checkCopy(file, copy)
    return await settle(home, file, copy, newId, watch)
  } catch (error) {
    watch.signal?.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    // What is wrong is wrong with the file that the person knows.
    const cleaned = (text: string) =>
      text
        .replaceAll(copy, file)
        .replaceAll(/[\p{Cc}\ufffd]+/gu, ' ')
        .slice(0, MOST_LINE)
    const line = cleaned(reason)
    const { why } = complaintOf(error)
    if (why !== undefined) throw new ExplainedError(withTexts(why, cleaned), { cause: error }, line)
    const detail = line.replaceAll(file, 'it')
    const told = line.includes(file) ? line : undefined
    throw new ExplainedError(because('import_failed', { file, detail }), { cause: error }, told)
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
  }
}

/** The copy is looked at, not the file: that may lie where nothing can be written, or be a run that is being trained. */
async function copyWithLog(file: string, copy: string, watch: CopyWatch): Promise<void> {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw explained('file_missing', { file })
  if (!found.isFile()) {
    throw explained(found.isDirectory() ? 'import_folder' : 'import_no_file', { file })
  }
  // A pipe in its place would be waited for.
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })
  const hasLog = log?.isFile() === true
  const total = found.size + (hasLog ? log.size : 0)
  let done = 0
  const count = () =>
    new Transform({
      transform(chunk: Buffer, _encoding, forward) {
        done += chunk.length
        watch.onProgress?.(done, 2 * total)
        forward(null, chunk)
      },
    })
  const { signal } = watch
  for (const suffix of hasLog ? ['', '-wal'] : ['']) {
    const streams = [createReadStream(file + suffix), count(), createWriteStream(copy + suffix)]
    await pipeline(streams, signal === undefined ? {} : { signal })
  }
}

/** Throws unless the copy is a run file of a known format whose schema is the one that Sprout gives it. */
function checkCopy(file: string, copy: string): void {
  let connection: Connection | null = null
  try {
    connection = new Database(copy, { fileMustExist: true })
    connection.pragma('trusted_schema = OFF')
    connection.pragma('cell_size_check = ON')
    checkHeader(connection, RUN_FILE, file)
    const format = formatOf(connection)
    const [found, expected] = [schemaOf(connection), schemaOfFormat(format)]
    if (
      format < 1 ||
      found.length !== expected.length ||
      found.some((sql, i) => sql !== expected[i])
    ) {
      throw explained('import_layout', { file })
    }
    if (connection.pragma('integrity_check', { simple: true }) !== 'ok') {
      throw explained('import_damaged', { file, detail: "SQLite's check of it failed" })
    }
  } catch (error) {
    throw isDamage(error) ? explained('import_damaged', { file, detail: error.message }) : error
  } finally {
    connection?.close()
  }
}

function schemaOf(connection: Connection): string[] {
  return connection
    .prepare<[number], string>(
      `SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '')
       FROM sqlite_schema ORDER BY 1 LIMIT ?`,
    )
    .pluck()
    .all(MOST_SCHEMA_ROWS)
}

/** The schema as the first migrations make it. */
function schemaOfFormat(format: number): string[] {
  const connection = new Database(':memory:')
  try {
    for (const sql of RUN_FILE.migrations.slice(0, format)) connection.exec(sql)
    return schemaOf(connection)
  } finally {
    connection.close()
  }
}

/** Verifies every checkpoint, gives the run its id and moves it among the others. */
async function settle(
  home: Home,
  file: string,
  copy: string,
  newId: () => string,
  watch: CopyWatch,
): Promise<ImportedRun> {
  const id = await verifiedId(file, copy, watch)
  const free = isId(id) && !existsSync(home.runFile(id))
  const runId = free ? id : newId()
  const connection = openDatabase(copy, RUN_FILE, 'write')
  try {
    // A copy of a run that was being trained is one that stands still.
    connection
      .prepare(`UPDATE run SET id = ?, state = iif(state = 'training', 'paused', state)`)
      .run(runId)
  } finally {
    connection.close()
  }
  foldLog(copy)
  const target = home.runFile(runId)
  if (existsSync(target)) throw new Error(`${target} exists already; try again.`)
  renameSync(copy, target)
  return { runId, renamed: !free }
}

async function verifiedId(file: string, copy: string, watch: CopyWatch): Promise<string> {
  await checkContents(copy, file, watch.signal)
  const run = RunFile.openForReading(copy)
  try {
    run.kernels()
    run.summary()
    for (const checkpoint of run.storedCheckpoints()) {
      if (!v.is(StoredCheckpointSchema, checkpoint) || checkpoint.quality === Infinity) {
        throw new Error(`${file} has a checkpoint that Sprout cannot read.`)
      }
    }
    const infos = run.checkpoints()
    for (const [i, info] of infos.entries()) {
      watch.signal?.throwIfAborted()
      const problem = run.problemsOf(info)[0]
      if (problem !== undefined) throw new Error(`${file} is damaged: ${problem}`)
      watch.onProgress?.(infos.length + i + 1, 2 * infos.length)
      // Others are to be answered between two checkpoints.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return run.summary().id
  } finally {
    run.close()
  }
}

/** Ids become names of files and arguments of programs. */
function isId(id: string): boolean {
  return /^\w([\w.-]*[\w-])?$/.test(id) && !isDeviceName(id) && id.length <= 80
}
