import type { ExportRequest } from '../../shared/domain/exportRequest'
import type { RunSummary } from '../../shared/domain/run'
import { TickSchema, type Tick } from '../../shared/domain/trainEvent'
import type { RunFile } from '../store/runFile'
import { writeWholeBytes, type ExportWatch } from './wholeFile'

/** Writes every tick of a run's history: CSV with a header line, or JSON beside the run's settings. */
export async function exportMetrics(
  run: RunFile,
  request: Extract<ExportRequest, { kind: 'metrics' }>,
  { onProgress, signal }: ExportWatch = {},
): Promise<void> {
  const summary = run.summary()
  const ticks = [...run.ticks()]
  const text = request.format === 'csv' ? csvOf(ticks) : jsonOf(summary, ticks)
  await writeWholeBytes(request.file, text, signal)
  onProgress?.(request.file, ticks.length, ticks.length)
}

type StoredTick = { at: number; tick: Tick }

const COLUMNS = Object.keys(TickSchema.entries).filter((key) => key !== 'kind') as (keyof Tick)[]

/** By RFC 4180, in UTF-8; a number that a tick does not have is empty. */
export function csvOf(ticks: readonly StoredTick[]): string {
  const lines = ticks.map(({ at, tick }) =>
    [new Date(at).toISOString(), ...COLUMNS.map((key) => tick[key] ?? '')].join(','),
  )
  return [['time', ...COLUMNS].join(','), ...lines, ''].join('\r\n')
}

function jsonOf(run: Omit<RunSummary, 'file' | 'diskBytes'>, ticks: readonly StoredTick[]): string {
  const rows = ticks.map(({ at, tick }) => ({
    time: new Date(at).toISOString(),
    ...Object.fromEntries(COLUMNS.map((key) => [key, tick[key]])),
  }))
  const { id, name, config, datasetName, imagesSeen } = run
  return `${JSON.stringify({ run: { id, name, datasetName, imagesSeen, config }, ticks: rows }, null, 1)}\n`
}
