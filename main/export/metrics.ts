import type { ExportRequest } from '../../shared/domain/exportRequest'
import type { QualityPoint } from '../../shared/domain/quality'
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
  const qualities = run.qualities.history()
  const text =
    request.format === 'csv' ? csvOf(ticks, qualities) : jsonOf(summary, ticks, qualities)
  await writeWholeBytes(request.file, text, signal)
  onProgress?.(request.file, ticks.length, ticks.length)
}

type StoredTick = { at: number; tick: Tick }

const COLUMNS = Object.keys(TickSchema.entries).filter((key) => key !== 'kind') as (keyof Tick)[]

/**
 * By RFC 4180, in UTF-8; a number that a tick does not have is empty. A quality stands in the row of the first tick at or
 * after the checkpoint that was measured.
 */
export function csvOf(
  ticks: readonly StoredTick[],
  qualities: readonly QualityPoint[] = [],
): string {
  const waiting = [...qualities].sort((a, b) => a.imagesSeen - b.imagesSeen)
  const lines = ticks.map(({ at, tick }) => {
    let quality: number | '' = ''
    while (waiting[0] !== undefined && waiting[0].imagesSeen <= tick.imagesSeen) {
      quality = waiting.shift()!.distance
    }
    const values = COLUMNS.map((key) => tick[key] ?? '')
    return [new Date(at).toISOString(), ...values, quality].join(',')
  })
  return [['time', ...COLUMNS, 'quality'].join(','), ...lines, ''].join('\r\n')
}

function jsonOf(
  run: Omit<RunSummary, 'file' | 'diskBytes'>,
  ticks: readonly StoredTick[],
  qualities: readonly QualityPoint[],
): string {
  const rows = ticks.map(({ at, tick }) => ({
    time: new Date(at).toISOString(),
    ...Object.fromEntries(COLUMNS.map((key) => [key, tick[key]])),
  }))
  const measured = qualities.map(({ at, ...quality }) => ({
    time: new Date(at).toISOString(),
    ...quality,
  }))
  const { id, name, config, datasetName, imagesSeen } = run
  return `${JSON.stringify({ run: { id, name, datasetName, imagesSeen, config }, quality: measured, ticks: rows }, null, 1)}\n`
}
