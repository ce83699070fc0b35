import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { RepairReport } from '../../shared/domain/repair'
import { repairFile, unsoundDatasets } from '../library/repair'
import { Catalog } from '../store/catalog'
import { openHome, type Home } from '../store/home'
import { RunFile } from '../store/runFile'
import { contextOf, type Context } from './output'

/** Adds `sprout verify` and `repair`. */
export function addRepairCommands(program: Command): void {
  program
    .command('verify [run]')
    .description('check a run file and every checkpoint in it; without a run, all files')
    .action((run: string | undefined, _, command: Command) => verifyRuns(contextOf(command), run))
  program
    .command('repair <run>')
    .description(
      'save what can be read of a damaged run or dataset; the damaged file is kept beside',
    )
    .action((wanted: string, _, command: Command) => repair(contextOf(command), wanted))
}

/**
 * `sprout verify [RUN]`: reads every checkpoint back, of one run or of all; without a run, looks for damaged datasets
 * and half-lost files as well. Throws when anything is damaged.
 */
export async function verifyRuns(context: Context, wanted: string | undefined): Promise<void> {
  const catalog = Catalog.open(openHome(context.home))
  if (wanted !== undefined) return verifyRun(context, catalog.findRun(wanted))
  const wrong: string[] = catalog.problems().map(({ message }) => message)
  for (const run of catalog.listRuns()) {
    try {
      verifyRun(context, run)
    } catch (error) {
      wrong.push(error instanceof Error ? error.message : String(error))
    }
  }
  const datasets = catalog.listDatasets().map(({ id }) => id)
  wrong.push(...unsoundDatasets(openHome(context.home), datasets))
  const [first] = wrong
  for (const message of wrong) context.output.line({ type: 'problem', message }, message)
  if (first !== undefined) {
    throw new Error(
      wrong.length === 1 ? first : `${wrong.length} files are damaged; the first: ${first}`,
    )
  }
}

function verifyRun({ output }: Context, { id, file }: { id: string; file: string }): void {
  const run = RunFile.openForReading(file)
  try {
    const report = run.verify()
    const damaged = report.checkpoints.filter((checkpoint) => checkpoint.problems.length > 0)
    const good = report.checkpoints.filter((checkpoint) => checkpoint.problems.length === 0)
    output.line(
      { type: 'verify', ...report },
      `${id}: ${good.length} of ${report.checkpoints.length} checkpoints intact`,
    )
    if (!report.fileIntact || damaged.length > 0) {
      const first = damaged[0]?.problems[0] ?? 'SQLite found the file damaged.'
      const last = good.at(-1)?.info.imagesSeen
      const left =
        last === undefined
          ? 'No checkpoint is left.'
          : `The last good checkpoint is at ${last} images.`
      throw new Error(
        `${file} is damaged: ${first} ${left} Save what can be read: sprout repair ${id}`,
      )
    }
  } finally {
    run.close()
  }
}

/** `sprout repair WHAT`: makes a damaged run or dataset usable again; the damaged file is kept beside. */
export async function repair({ home, output }: Context, wanted: string): Promise<void> {
  const opened = openHome(home)
  const { kind, id } = find(opened, wanted)
  const abort = new AbortController()
  const interrupt = () => abort.abort(new Error('Stopped; the file is as it was.'))
  process.once('SIGINT', interrupt)
  try {
    const report = await repairFile(opened, kind, id, {
      signal: abort.signal,
      onProgress: ({ label, done, total }) =>
        output.progress(
          { type: 'prepare', label, done, total },
          `Preparing pictures anew: ${done} of ${total ?? '?'}`,
        ),
    })
    output.line({ type: 'repair', ...report }, inWords(report))
  } finally {
    process.off('SIGINT', interrupt)
  }
}

/** A run or dataset by its id or its file, also one that no list can show. */
function find(home: Home, wanted: string): Pick<RepairReport, 'kind' | 'id'> {
  const id = basename(wanted, '.sqlite')
  if (existsSync(home.runFile(id))) return { kind: 'run', id }
  if (existsSync(home.datasetFile(id))) return { kind: 'dataset', id }
  return { kind: 'run', id: Catalog.open(home).findRun(wanted).id }
}

function inWords(report: RepairReport): string {
  const { id, kind, kept, checkpoints, lostCheckpoints, lostEvents, lostMosaics } = report
  if (kept === null) return `${id} is sound; nothing was changed.`
  const from = `The damaged file is kept as ${kept}`
  if (kind === 'dataset') {
    return `Repaired ${id}: ${report.preparedAgain} pictures were prepared anew. ${from}`
  }
  const last = checkpoints.at(-1)
  return [
    `Repaired ${id}: ${checkpoints.length} checkpoints are whole` +
      (lostCheckpoints.length === 0
        ? '.'
        : `, those at ${lostCheckpoints.join(', ')} images are lost.`),
    `Lost of the history: ${lostEvents} events, ${lostMosaics} mosaics.`,
    last === undefined
      ? 'It has no checkpoint: resuming starts from the beginning.'
      : `It goes on from ${last.imagesSeen} images: sprout resume ${id}`,
    from,
  ].join('\n')
}
