import { resolve } from 'node:path'
import { Argument, Option, type Command } from 'commander'
import * as v from 'valibot'
import {
  ANIMATION_FORMATS,
  EXPORT_KINDS,
  ExportRequestSchema,
  type DrawnSamples,
  type ExportKind,
  type ExportWish,
  PageLanguageSchema,
  type PageLanguage,
} from '../../shared/domain/exportRequest'
import { LATENT_PATHS, type LatentPath } from '../../shared/domain/sample'
import { exportRun } from '../export/exportRun'
import { OnnxEngine } from '../runtime/onnx'
import { Catalog } from '../store/catalog'
import { openHome } from '../store/home'
import { RunFile } from '../store/runFile'
import { seconds, seedList, share, wholeNumber } from './optionValues'
import { contextOf, type Context } from './output'

/** Adds `sprout export`. */
export function addExportCommand(program: Command): void {
  program
    .command('export <run>')
    .description(`make something of a run: ${EXPORT_KINDS.join(', ')}`)
    .addArgument(new Argument('<kind>', 'what to make').choices(EXPORT_KINDS))
    .requiredOption('--out <path>', 'the file, or for pictures the folder or ZIP file, to write')
    .option('--checkpoint <id>', 'draw from this one; the newest where left out', wholeNumber(1))
    .option('--count <n>', 'pictures', wholeNumber(1), 64)
    .option('--seed <n>', 'seed of the first picture', wholeNumber(0), 1)
    .option('--seeds <list>', 'just these, as 3,14,15; the stops of a walk', seedList)
    .option('--class <name>', 'draw this class alone')
    .option('--truncation <share>', '1 as trained, towards 0 nearer the mean picture', share, 1)
    .option('--columns <n>', 'pictures in a row of a sheet', wholeNumber(1))
    .option('--labels', 'write the seed below each picture of a sheet', false)
    .addOption(new Option('--path <way>', 'of a walk').choices(LATENT_PATHS).default('spherical'))
    .option('--loop', 'let a walk end where it begins', false)
    .option('--seconds <n>', 'length of a walk or time lapse', seconds, 6)
    .option('--fps <n>', 'frames a second', wholeNumber(1), 20)
    .option('--width <pixels>', 'of a walk or time lapse', wholeNumber(1), 256)
    .option('--tile <n>', 'one picture of the mosaics in a time lapse', wholeNumber(0))
    .addOption(
      new Option('--language <name>', 'of an HTML page')
        .choices(PageLanguageSchema.options)
        .default('en'),
    )
    .addOption(
      new Option('--format <name>', 'where the name of the file does not tell').choices([
        'webp',
        'gif',
        'folder',
        'zip',
        'csv',
        'json',
      ]),
    )
    .action((run: string, kind: ExportKind, options, command: Command) =>
      exportFromRun(contextOf(command), run, kind, options),
    )
}

/** Options of `sprout export` as typed; each kind reads those that it needs. */
export type ExportOptions = {
  out: string
  checkpoint?: number
  count: number
  seed: number
  class?: string
  columns?: number
  labels: boolean
  truncation: number
  seeds?: number[]
  path: LatentPath
  loop: boolean
  format?: string
  seconds: number
  fps: number
  width: number
  tile?: number
  language: PageLanguage
}

type Distribute<T> = T extends ExportWish ? Omit<T, 'runId' | 'file' | 'checkpointId'> : never
/** What to make, without the run and the place. */
export type Making = Distribute<ExportWish>

/** `sprout export RUN KIND`: makes what the window's export dialog makes. Ctrl-C leaves nothing half-written. */
export async function exportFromRun(
  context: Context,
  wanted: string,
  kind: ExportKind,
  options: ExportOptions,
): Promise<void> {
  await exportTo(context, wanted, options.out, makingOf(kind, options), options.checkpoint ?? null)
}

/** Exports with progress and prints the path. */
export async function exportTo(
  { home, output }: Context,
  wanted: string,
  out: string,
  making: Making,
  checkpointId: number | null = null,
): Promise<void> {
  const { id, file: runFile } = Catalog.open(openHome(home)).findRun(wanted)
  const file = resolve(out)
  const request = v.parse(ExportRequestSchema, { ...making, runId: id, checkpointId, file })
  const run = RunFile.openForReading(runFile)
  const abort = new AbortController()
  const interrupt = () => abort.abort(new Error('Stopped; nothing was written.'))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    await exportRun(run, new OnnxEngine({ threads: run.config.threads }), request, {
      signal: abort.signal,
      onProgress: (label, done, total) =>
        output.progress(
          { type: 'progress', label, done, total },
          `Exporting: ${done} of ${total ?? '?'}`,
        ),
    })
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
    run.close()
  }
  output.line({ type: 'export', kind: request.kind, runId: id, file }, `Wrote ${file}`)
}

function makingOf(kind: ExportKind, options: ExportOptions): Making {
  const { seconds, fps, width, truncation } = options
  const samples = drawnSamples(options)
  const animation = () => ({
    seconds,
    framesPerSecond: fps,
    width,
    format: oneOf(ANIMATION_FORMATS, formatOf(options)),
  })
  switch (kind) {
    case 'sheet':
      return { kind, samples, truncation, columns: options.columns ?? null, labels: options.labels }
    case 'pictures': {
      const container = options.format ?? (options.out.endsWith('.zip') ? 'zip' : 'folder')
      return { kind, samples, truncation, container: oneOf(['folder', 'zip'] as const, container) }
    }
    case 'walk': {
      const seeds = options.seeds ?? [options.seed, options.seed + 1, options.seed + 2]
      const stops = seeds.map((seed) => ({ seed, className: options.class ?? null }))
      return {
        kind,
        ...animation(),
        truncation,
        walk: { stops, path: options.path, loop: options.loop },
      }
    }
    case 'timelapse':
      return { kind, ...animation(), tile: options.tile ?? null }
    case 'html':
      return { kind, samples, truncation, language: options.language }
    case 'onnx':
      return { kind }
    case 'metrics':
      return { kind, format: oneOf(['csv', 'json'] as const, formatOf(options)) }
    default:
      return kind satisfies never
  }
}

function drawnSamples({ seeds, seed, count, ...options }: ExportOptions): DrawnSamples {
  const className = options.class ?? null
  if (seeds === undefined) return { which: 'seeds', seed, count, className }
  return { which: 'list', samples: seeds.map((each) => ({ seed: each, className })) }
}

/** The format asked for, or the one that the file's name ends with. */
function formatOf({ format, out }: ExportOptions): string {
  return format ?? out.slice(out.lastIndexOf('.') + 1).toLowerCase()
}

function oneOf<const T extends readonly string[]>(known: T, wanted: string): T[number] {
  const found = known.find((each) => each === wanted)
  if (found !== undefined) return found
  throw new Error(`Give --format ${known.join(' or ')}, or a name that ends so.`)
}
