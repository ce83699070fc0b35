import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { complaintOf, explained } from '../../shared/domain/explanation'
import type { DatasetSummary } from '../../shared/domain/dataset'
import type { RunSummary } from '../../shared/domain/run'
import { DamagedFileError, isDamage } from './database'
import { DatasetFile } from './datasetFile'
import { RunFile } from './runFile'

/** What the catalog lists. */
export type Kind = 'run' | 'dataset'

/** What a look into a file found: its summary as JSON, or what is wrong with it as the JSON of a `Complaint`. */
export type Look = { summary: string | null; problem: string | null }

/** Changes whenever the file or its write-ahead log does; null when the file is gone meanwhile. */
export function fingerprintOf(file: string, hasLog: boolean): string | null {
  const main = statSync(file, { throwIfNoEntry: false })
  if (main === undefined) return null
  const log = hasLog ? statSync(`${file}-wal`, { throwIfNoEntry: false }) : undefined
  const logPart = log === undefined || log.size === 0 ? '' : `${log.size} ${log.mtimeMs}`
  return `${main.size} ${main.mtimeMs} ${logPart}`
}

/** Reads a file's summary; whatever is wrong with it becomes its problem and no one else's. */
export function lookInto(kind: Kind, file: string): Look {
  try {
    const summary = kind === 'run' ? lookIntoRun(file) : lookIntoDataset(file)
    if (summary.id !== basename(file, '.sqlite')) {
      throw explained('run_misnamed', { file, kind, id: summary.id })
    }
    return { summary: JSON.stringify(summary), problem: null }
  } catch (error) {
    const known = isDamage(error) ? new DamagedFileError(file, error) : error
    return { summary: null, problem: JSON.stringify(complaintOf(known)) }
  }
}

function lookIntoRun(file: string): RunSummary {
  const run = RunFile.openForReading(file)
  try {
    return { ...run.summary(), file, diskBytes: bytesOnDisk(file) }
  } finally {
    run.close()
  }
}

/** Bytes of a database file with its write-ahead log. */
export function bytesOnDisk(file: string): number {
  return [file, `${file}-wal`].reduce(
    (sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

function lookIntoDataset(file: string): DatasetSummary {
  const dataset = DatasetFile.open(file)
  try {
    return dataset.summary()
  } finally {
    dataset.close()
  }
}
