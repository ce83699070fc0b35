import { resolve } from 'node:path'
import type { Command } from 'commander'
import * as v from 'valibot'
import {
  SAMPLE_NAMES,
  type DatasetSource,
  type DatasetSummary,
  type PrepareOptions,
} from '../../shared/domain/dataset'
import { ResolutionSchema } from '../../shared/domain/resolution'
import { prepareDataset } from '../pictures/prepare'
import { guessSourceChannels } from '../pictures/scan'
import { openHome } from '../store/home'
import { channelsOption, cropOption } from './commonOptions'
import { wholeNumber } from './optionValues'
import { contextOf, type Context } from './output'

/** Adds `sprout data`. */
export function addDataCommands(program: Command): void {
  program
    .command('data')
    .description('prepared datasets')
    .command('add <folder>')
    .description('prepare a folder of pictures')
    .option('--to <pixels>', 'largest resolution', wholeNumber(1), 32)
    .addOption(channelsOption())
    .addOption(cropOption())
    .option('--drop-duplicates', 'leave out files with the same bytes as another', false)
    .action((folder: string, options, command: Command) =>
      addData(contextOf(command), folder, options),
    )
}

/** Options of preparation as typed on the command line. */
export type DataOptions = {
  to: number
  channels?: string
  crop: PrepareOptions['crop']
  dropDuplicates: boolean
}

/** `sample:NAME` or a folder. Throws when the sample is not one of ours. */
export function parseSource(text: string): DatasetSource {
  if (!text.startsWith('sample:')) return { kind: 'folder', path: resolve(text) }
  const name = SAMPLE_NAMES.find((sample) => text === `sample:${sample}`)
  if (name === undefined) {
    const known = SAMPLE_NAMES.map((sample) => `sample:${sample}`).join(', ')
    throw new Error(`There is no ${text}; choose ${known} or a folder.`)
  }
  return { kind: 'sample', name }
}

/** `sprout data add FOLDER`: prepares pictures ahead of training. */
export async function addData(
  context: Context,
  folder: string,
  options: DataOptions,
): Promise<void> {
  const dataset = await prepare(context, folder, options)
  context.output.line(
    { type: 'dataset', ...dataset },
    `Dataset ${dataset.id}: ${dataset.pictures} pictures, ${dataset.skipped} skipped.`,
  )
}

/** Prepares a source, with progress; Ctrl-C stops it, and the next call goes on from there. */
export async function prepare(
  { home, output }: Context,
  data: string,
  options: DataOptions,
): Promise<DatasetSummary> {
  const source = parseSource(data)
  const { crop, dropDuplicates } = options
  const finalResolution = v.parse(ResolutionSchema, options.to)
  const opened = openHome(home)
  const channels =
    options.channels === undefined
      ? await guessSourceChannels(source)
      : (Number(options.channels) as 1 | 3 | 4)
  const abort = new AbortController()
  const interrupt = () =>
    abort.abort(new Error('Stopped; the same command goes on where this one left.'))
  process.once('SIGINT', interrupt)
  try {
    return await prepareDataset(
      opened,
      { source, crop, channels, finalResolution, dropDuplicates },
      {
        signal: abort.signal,
        onProgress: ({ label, done, total }) =>
          output.progress(
            { type: 'prepare', label, done, total },
            `Preparing pictures: ${done} of ${total ?? '?'}`,
          ),
      },
    )
  } finally {
    process.off('SIGINT', interrupt)
  }
}
