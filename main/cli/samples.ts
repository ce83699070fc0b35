import type { Command } from 'commander'
import { exportTo } from './export'
import { share, wholeNumber } from './optionValues'
import { contextOf, type Context } from './output'

/** Adds `sprout samples`. */
export function addSamplesCommand(program: Command): void {
  program
    .command('samples <run>')
    .description('draw samples into one PNG')
    .option('--count <n>', 'pictures', wholeNumber(1), 64)
    .option('--columns <n>', 'pictures in a row', wholeNumber(1))
    .option('--seed <n>', 'seed of the latents', wholeNumber(0), 1)
    .option('--class <name>', 'draw this class alone')
    .option('--truncation <share>', '1 as trained, towards 0 nearer the mean picture', share, 1)
    .option('--labels', 'write the seed below each picture', false)
    .requiredOption('--out <file>', 'the PNG to write')
    .action((run: string, options, command: Command) =>
      drawSamples(contextOf(command), run, options),
    )
}

/** `sprout samples RUN`: draws from the newest intact checkpoint into a PNG. */
export async function drawSamples(
  context: Context,
  wanted: string,
  options: {
    count: number
    columns?: number
    seed: number
    class?: string
    truncation: number
    labels: boolean
    out: string
  },
): Promise<void> {
  const { count, seed, columns = null, truncation, labels } = options
  const samples = { which: 'seeds', seed, count, className: options.class ?? null } as const
  await exportTo(context, wanted, options.out, {
    kind: 'sheet',
    samples,
    columns,
    truncation,
    labels,
  })
}
