import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { readTrace } from '../export/traceNote'
import { contextOf, type Context } from './output'

/** Adds `sprout trace`. */
export function addTraceCommand(program: Command): void {
  program
    .command('trace <file>')
    .description('tell which run and seed a picture was drawn from')
    .action((file: string, _, command: Command) => traceFile(contextOf(command), file))
}

/** `sprout trace FILE`: prints which run and seed a picture was drawn from. Throws when it does not say. */
export async function traceFile({ output }: Context, file: string): Promise<void> {
  const trace = readTrace(await readFile(file))
  if (trace === null) {
    throw new Error(`${file} does not say where it comes from: it is no PNG that Sprout drew.`)
  }
  const { runId, runName, imagesSeen, resolution, seed, count, className, truncation, app } = trace
  output.line(
    { type: 'trace', ...trace },
    [
      `run          ${runId}  ${runName}`,
      `checkpoint   ${imagesSeen} images, ${resolution} px`,
      `seed         ${count === 1 ? seed : `${seed}, the first of ${count} pictures`}`,
      ...(className === null ? [] : [`class        ${className}`]),
      `truncation   ${truncation}`,
      `drawn by     Sprout ${app}`,
    ].join('\n'),
  )
}
