import type { Command } from 'commander'
import * as v from 'valibot'
import type { Rehearsal, StageRehearsal } from '../../shared/domain/rehearsal'
import { trainConfigFor } from '../../shared/domain/presets'
import {
  TrainConfigSchema,
  type LossName,
  type Preset,
  type TrainConfig,
} from '../../shared/domain/trainConfig'
import type { DeviceWish } from '../devices/choose'
import { jobsHere } from '../ipc/jobsHere'
import { rehearse } from '../rehearsal/rehearse'
import { bytesInWords, fitInWords, misfitInWords } from '../rehearsal/words'
import { openHome } from '../store/home'
import {
  channelsOption,
  deviceOption,
  firstSizeOption,
  lossOption,
  presetOption,
  sizesOf,
  type SizeOptions,
} from './commonOptions'
import { deviceFor } from './devices'
import { criticSteps, wholeNumber } from './optionValues'
import { contextOf, type Context } from './output'

/** Adds `sprout rehearse`. */
export function addRehearseCommand(program: Command): void {
  program
    .command('rehearse')
    .description(
      'try each stage of a run for a moment: speed, time, memory and disk; say what fits',
    )
    .addOption(presetOption())
    .option('--to <pixels>', 'final resolution', wholeNumber(1), 32)
    .addOption(firstSizeOption())
    .option('--tutorial', 'with what courses train with', false)
    .addOption(lossOption())
    .option('--critic-steps <n>', 'discriminator updates for one of the generator', criticSteps)
    .addOption(channelsOption().default('3'))
    .option('--batch <n>', 'images of one step, at every size', wholeNumber(1))
    .option('--images <n>', 'stop after this many images', wholeNumber(1))
    .option('--fade-images <n>', 'images of each fade', wholeNumber(0))
    .option('--stable-images <n>', 'images of each stable phase', wholeNumber(1))
    .option('--pictures <n>', 'pictures that are still to be prepared', wholeNumber(0))
    .addOption(deviceOption())
    .option('--memory <MiB>', 'memory it may take; what is free where left out', wholeNumber(1))
    .option('--again', 'measure anew what was measured before', false)
    .action((options, command: Command) => rehearseRun(contextOf(command), options))
}

type RehearseOptions = SizeOptions & {
  preset: Preset
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
  const config = trainConfigFor({
    seed: 1,
    channels: Number(options.channels) as 1 | 3 | 4,
    preset: options.preset,
    ...sizesOf(options),
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
