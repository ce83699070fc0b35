import * as v from 'valibot'
import { DatasetSourceSchema, type DatasetSource } from '../../shared/domain/dataset'
import {
  RunParentSchema,
  type RunChanges,
  type RunParent,
  type RunState,
  type RunSummary,
} from '../../shared/domain/run'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { TrainEventBody } from '../../shared/domain/trainEvent'
import type { Connection } from './database'
import { imagesSeenOf } from './eventLog'

/** What a run is created from; nothing but its name changes later. */
export type NewRun = {
  id: string
  name: string
  config: TrainConfig
  dataset: { id: string; name: string; source: DatasetSource }
  /** For a branch; see `RunFile.createBranch`. */
  parent?: RunParent
}

/** States as stored; `interrupted` is only ever read, see {@link RunState}. */
export type StoredRunState = Exclude<RunState, 'interrupted'>

type RunRow = {
  id: string
  name: string
  tags: string
  note: string
  starred: 0 | 1
  parent: string | null
  trainedMs: number
  state: StoredRunState
  config: string
  datasetId: string
  datasetName: string
  datasetSource: string
  imagesSeen: number
  createdAt: number
  lastActivityAt: number
  failure: string | null
}

/** The single row of a run file. */
export function readRow(connection: Connection, path: string): RunRow {
  const row = connection
    .prepare<[], RunRow>(
      `SELECT id, name, tags, note, starred, parent, trained_ms AS trainedMs, state, config,
         dataset_id AS datasetId, dataset_name AS datasetName, dataset_source AS datasetSource,
         images_seen AS imagesSeen, created_at AS createdAt, last_activity_at AS lastActivityAt,
         failure FROM run`,
    )
    .get()
  if (row === undefined) throw new Error(`${path} is damaged: it does not say which run it is.`)
  return row
}

/** What the row says of the run, without its settings. */
export function summaryOf(
  connection: Connection,
  path: string,
): Omit<RunSummary, 'config' | 'mosaicSeq' | 'quality' | 'file' | 'diskBytes'> {
  const { config: _, datasetSource, tags, parent, trainedMs, ...row } = readRow(connection, path)
  return {
    ...row,
    datasetSource: parseStored(path, 'a data source', DatasetSourceSchema, datasetSource),
    tags: parseStored(path, 'tags', v.array(v.string()), tags),
    starred: row.starred === 1,
    parent: parent === null ? null : parseStored(path, 'a parent', RunParentSchema, parent),
    trainedSeconds: trainedMs / 1000,
  }
}

/** Fills the row of a file that is being created. */
export function insertRun(
  created: Connection,
  { id, name, config, dataset, parent }: NewRun,
): void {
  created
    .prepare(
      `INSERT INTO run (only_row, id, name, config, dataset_id, dataset_name, dataset_source, parent,
         state, images_seen, created_at, last_activity_at)
       VALUES (1, :id, :name, :config, :datasetId, :datasetName, :datasetSource, :parent,
         'new', 0, :now, :now)`,
    )
    .run({
      id,
      name,
      config: JSON.stringify(config),
      datasetId: dataset.id,
      datasetName: dataset.name,
      datasetSource: JSON.stringify(dataset.source),
      parent: parent === undefined ? null : JSON.stringify(parent),
      now: Date.now(),
    })
}

/** Writes what a person says of the run: one statement. */
export function updateDetails(connection: Connection, changes: RunChanges): void {
  const { name, note, tags, starred } = changes
  const values = {
    ...(name !== undefined && { name }),
    ...(note !== undefined && { note }),
    ...(tags !== undefined && { tags: JSON.stringify(tags) }),
    ...(starred !== undefined && { starred: starred ? 1 : 0 }),
  }
  const columns = Object.keys(values).map((column) => `${column} = :${column}`)
  if (columns.length > 0) connection.prepare(`UPDATE run SET ${columns.join(', ')}`).run(values)
}

/** Longest time between two events that counts as training: in a longer one the computer slept. */
const MOST_EVENT_MS = 10 * 60_000

/** Writes down where an event finds the run, and how long it has trained by then; within the event's transaction. */
export function noteProgress(connection: Connection, body: TrainEventBody, at: number): void {
  connection
    .prepare(
      `UPDATE run SET images_seen = iif(:late, images_seen, :imagesSeen),
         last_activity_at = iif(:late, last_activity_at, :at), trained_ms = trained_ms +
         CASE WHEN :progress THEN min(max(:at - last_activity_at, 0), :most) ELSE 0 END`,
    )
    .run({
      imagesSeen: imagesSeenOf(body),
      at,
      // It is known only when training is past it.
      late: +(body.kind === 'quality'),
      progress: +isProgress(body),
      most: MOST_EVENT_MS,
    })
}

/** Whether an event comes of training going on, so that the time before it was spent on training. */
function isProgress({ kind }: TrainEventBody): boolean {
  return kind === 'tick' || kind === 'mosaic' || kind === 'checkpoint'
}

/** Parses stored JSON; the error names the file and what in it cannot be read. */
export function parseStored<T extends v.GenericSchema>(
  path: string,
  what: string,
  schema: T,
  text: string,
): v.InferOutput<T> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error(`${path} is damaged: it has ${what} that cannot be read.`)
  }
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  throw new Error(`${path} has ${what} that Sprout cannot read: ${result.issues[0].message}.`)
}
