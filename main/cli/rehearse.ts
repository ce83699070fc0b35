import * as v from 'valibot'
import type { Rehearsal, StageRehearsal } from '../../shared/domain/rehearsal'
import { ResolutionSchema } from '../../shared/domain/resolution'
import {
  TrainConfigSchema,
  trainConfigFor,
  type LossName,
  type Preset,
  type TrainConfig,
} from '../../shared/domain/trainConfig'
import type { DeviceWish } from '../devices/choose'
import { jobsHere } from '../ipc/jobsHere'
import { rehearse } from '../rehearsal/rehearse'
import { bytesInWords, fitInWords, misfitInWords } from '../rehearsal/words'
import { openHome } from '../store/home'
import { deviceFor } from './devices'
import type { Context } from './output'

type RehearseOptions = {
  preset: Preset
  to: number
  from: '4' | '8'
  tutorial: boolean
  loss?: LossName
  criticSteps?: number
  channels: '1' | '3' | '4'
  batch?: number
  images?: number
  fadeImages?: number
  stableImages?: number
  pictures?: number
  memory?: number
  device: DeviceWish
  again: boolean
}

/** `sprout rehearse`: tries each stage for a moment and prints what the run would take. Ctrl-C stops at once. */
export async function rehearseRun(context: Context, options: RehearseOptions): Promise<void> {
  const { output } = context
  const home = openHome(context.home)
  const likely = configOf(options)
  const config = { ...likely, device: await deviceFor(context, home, options.device) }
  const abort = new AbortController()
  const interrupt = () => abort.abort(new Error('Stopped; what was measured is remembered.'))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    const rehearsal = await rehearse(
      home,
      jobsHere(__dirname),
      { config, pictures: options.pictures ?? null },
      {
        again: options.again,
        signal: abort.signal,
        onProgress: (report) => printProgress(output, report),
        ...(options.memory !== undefined && { room: { memoryBytes: options.memory * 2 ** 20 } }),
      },
    )
    output.line({ type: 'rehearsal', ...rehearsal }, table(rehearsal))
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

function configOf(options: RehearseOptions): TrainConfig {
  const finalResolution = v.parse(ResolutionSchema, options.to)
  const firstResolution = options.from === '8' ? 8 : 4
  if (finalResolution < firstResolution) {
    throw new Error(`--to ${finalResolution} is below --from ${firstResolution}.`)
  }
  const config = trainConfigFor({
    seed: 1,
    channels: Number(options.channels) as 1 | 3 | 4,
    preset: options.preset,
    firstResolution,
    finalResolution,
    tutorial: options.tutorial,
    ...(options.loss !== undefined && { loss: options.loss }),
    ...(options.criticSteps !== undefined && { criticSteps: options.criticSteps }),
    imageLimit: options.images ?? null,
    ...(options.fadeImages !== undefined && { fadeImages: options.fadeImages }),
    ...(options.stableImages !== undefined && { stableImages: options.stableImages }),
  })
  const { batch } = options
  if (batch === undefined) return config
  const stages = config.stages.map((stage) => ({ ...stage, batch }))
  return v.parse(TrainConfigSchema, { ...config, stages })
}

function printProgress(output: Context['output'], report: Rehearsal): void {
  const { measuring, stages } = report
  if (measuring === null) return
  const done = stages[measuring - 1]
  output.progress(
    { type: 'rehearsing', ...stages[measuring], measuring, total: stages.length },
    `Trying ${stages[measuring]!.resolution} px (${measuring + 1} of ${stages.length})` +
      (done === undefined ? '' : `; ${done.resolution} px: ${speedOf(done)} images/s`),
  )
}

const COLUMNS = ['size', 'batch', 'images/s', 'time', 'memory', 'disk', 'device', ''] as const

function table(rehearsal: Rehearsal): string {
  const rows = rehearsal.stages.map((stage) => rowOf(stage, rehearsal.device))
  const widths = COLUMNS.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => row[i]!.length)),
  )
  const lines = [COLUMNS, ...rows].map((row) =>
    row
      .map((cell, i) => (i < 6 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
  const { seconds, memoryBytes, runBytes, dataBytes } = rehearsal
  const total =
    `In all: ${seconds === null ? 'time unknown' : durationInWords(seconds)}, ` +
    `${bytesInWords(memoryBytes)} of memory, ${bytesInWords(runBytes + dataBytes)} of disk.`
  return [...lines, total, misfitInWords(rehearsal) ?? 'It fits.'].join('\n')
}

function rowOf(stage: StageRehearsal, device: string): string[] {
  const { resolution, batch, seconds, memoryBytes, diskBytes, basis, fit } = stage
  const notes = [
    ...(basis === 'estimated' ? ['estimated'] : []),
    ...(fit.kind === 'fits' ? [] : [fitInWords(fit)]),
  ]
  return [
    `${resolution} px`,
    `${batch}`,
    speedOf(stage),
    seconds === null ? '?' : durationInWords(seconds),
    bytesInWords(memoryBytes),
    bytesInWords(diskBytes),
    device,
    notes.join('; '),
  ]
}

function speedOf({ imagesPerSecond }: StageRehearsal): string {
  if (imagesPerSecond === null) return '?'
  return imagesPerSecond.toFixed(imagesPerSecond < 10 ? 2 : imagesPerSecond < 100 ? 1 : 0)
}

/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
function durationInWords(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}
