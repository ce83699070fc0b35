import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import * as v from 'valibot'
import { grownTo, reachedAt, withLaterStages } from '../../shared/domain/branch'
import { ResolutionSchema, type Resolution } from '../../shared/domain/resolution'
import { RunDetailsSchema, type CheckpointInfo } from '../../shared/domain/run'
import { LOSSES, type LossName, type TrainConfig } from '../../shared/domain/trainConfig'
import { branchRun } from '../library/branch'
import { updateDetails } from '../library/details'
import { prepareLarger } from '../library/largerDataset'
import { newRunId } from '../library/runs'
import { Catalog } from '../store/catalog'
import { openHome } from '../store/home'
import { importRun } from '../store/importRun'
import { RunFile } from '../store/runFile'
import { copyRun } from '../store/snapshot'
import { positive, seconds, wholeNumber } from './optionValues'
import { contextOf, memory, type Context } from './output'

/** Adds what is done to runs as a whole: `sprout rename`, `tag`, `export-run`, `import`, `branch`. */
export function addHistoryCommands(program: Command): void {
  program
    .command('rename <run> <name>')
    .description('give a run another name')
    .action((run: string, name: string, _, command: Command) =>
      renameRun(contextOf(command), run, name),
    )
  program
    .command('tag <run> <tags...>')
    .description('add tags to a run')
    .option('--remove', 'take them away', false)
    .action((run: string, tags: string[], options, command: Command) =>
      tagRun(contextOf(command), run, tags, options),
    )
  program
    .command('export-run <run> <file>')
    .description('write a copy of a run, checkpoints and all, also while it trains')
    .action((run: string, file: string, _, command: Command) =>
      exportRun(contextOf(command), run, file),
    )
  program
    .command('import <file>')
    .description('check a run file from elsewhere and take a copy of it in')
    .action((file: string, _, command: Command) => importFile(contextOf(command), file))
  program
    .command('branch <run>')
    .description('make a run that goes on from a checkpoint of another, with other settings')
    .option('--from <images>', 'the checkpoint at so many images; the newest', wholeNumber(0))
    .option('--name <name>', 'name of the branch')
    .addOption(new Option('--loss <name>', 'objective').choices(LOSSES))
    .option('--to <pixels>', 'grow on to this size, or stop at it', wholeNumber(1))
    .option('--learning-rate <rate>', 'of the stage at hand and later ones', positive)
    .option('--fade-images <n>', 'images of each later fade', wholeNumber(0))
    .option('--stable-images <n>', 'images of this and each later stable phase', wholeNumber(1))
    .option('--images <n>', 'stop after this many images in all', wholeNumber(1))
    .option('--checkpoint-seconds <n>', 'seconds between two checkpoints', seconds)
    .action((run: string, options, command: Command) =>
      branchFrom(contextOf(command), run, options),
    )
}

/** `sprout rename RUN NAME`. */
export async function renameRun(context: Context, wanted: string, name: string): Promise<void> {
  await change(context, wanted, () => ({ name }))
}

/** `sprout tag RUN TAGS...`: adds tags; with `remove`, takes them away. */
export async function tagRun(
  context: Context,
  wanted: string,
  tags: readonly string[],
  options: { remove: boolean },
): Promise<void> {
  await change(context, wanted, (before) => ({
    tags: options.remove
      ? before.filter((tag) => !tags.includes(tag))
      : [...new Set([...before, ...tags])],
  }))
}

async function change(
  { home, output }: Context,
  wanted: string,
  changes: (tags: string[]) => { name?: string; tags?: string[] },
): Promise<void> {
  const { id, file, tags: before } = Catalog.open(openHome(home)).findRun(wanted)
  const parsed = v.parse(v.partial(RunDetailsSchema), changes(before))
  await updateDetails(file, parsed)
  const run = Catalog.open(openHome(home)).findRun(id)
  output.line(
    { type: 'run', id, name: run.name, tags: run.tags },
    `${id}  ${run.name}${run.tags.map((tag) => `  #${tag}`).join('')}`,
  )
}

/** `sprout export-run RUN FILE`: a copy of the run's file, also while it trains. */
export async function exportRun(
  { home, output }: Context,
  wanted: string,
  target: string,
): Promise<void> {
  const run = Catalog.open(openHome(home)).findRun(wanted)
  const file = resolve(target)
  await copyRun(run.file, file, {
    onProgress: (done, total) =>
      output.progress(
        { type: 'export-run', done, total },
        `Copying: ${memory(done)} of ${memory(total)}`,
      ),
  })
  output.line({ type: 'export-run', runId: run.id, file }, `Wrote ${file}`)
}

/** `sprout import FILE`: checks a run file from elsewhere and takes a copy of it in. */
export async function importFile({ home, output }: Context, source: string): Promise<void> {
  const { runId, renamed } = await importRun(openHome(home), resolve(source), newRunId)
  output.line(
    { type: 'import', runId, renamed },
    `Run ${runId}${renamed ? ', under a new id since its own is taken' : ''}`,
  )
}

/** Settings of a branch as typed on the command line; what is left out stays as the parent's. */
export type BranchOptions = {
  from?: number
  name?: string
  loss?: LossName
  learningRate?: number
  to?: number
  fadeImages?: number
  stableImages?: number
  images?: number
  checkpointSeconds?: number
}

/** `sprout branch RUN`: a run that goes on from a checkpoint of another. `sprout resume` trains it. */
export async function branchFrom(
  { home, output }: Context,
  wanted: string,
  options: BranchOptions,
): Promise<void> {
  const opened = openHome(home)
  const parent = Catalog.open(opened).findRun(wanted)
  const file = RunFile.openForReading(parent.file)
  let checkpoint: CheckpointInfo
  let config: TrainConfig
  try {
    checkpoint = chosen(file.checkpoints(), options.from, parent.id)
    config = branchConfig({ ...file.config, device: file.device() }, checkpoint.imagesSeen, options)
  } finally {
    file.close()
  }
  const name = options.name ?? `${parent.name} from ${checkpoint.imagesSeen}`
  const branch = { runId: parent.id, checkpointId: checkpoint.id, name, config }
  const last = config.stages.at(-1)!.resolution
  const grows = last > parent.config.stages.at(-1)!.resolution
  const datasetId = grows ? await larger({ home, output }, parent.datasetId, last) : undefined
  const runId = branchRun(opened, { ...branch, datasetId })
  output.line(
    { type: 'branch', runId, parent: parent.id, imagesSeen: checkpoint.imagesSeen },
    `Run ${runId} stands at ${checkpoint.imagesSeen} images. Go on with: sprout resume ${runId}`,
  )
}

/** The pictures of a run, prepared for larger sizes. */
function larger({ home, output }: Context, datasetId: string, last: Resolution): Promise<string> {
  return prepareLarger(openHome(home), datasetId, last, {
    onProgress: ({ label, done, total }) =>
      output.progress(
        { type: 'prepare', label, done, total },
        `Preparing pictures: ${done} of ${total ?? '?'}`,
      ),
  })
}

/** The newest checkpoint at `images`, or the newest of all. */
function chosen(
  checkpoints: readonly CheckpointInfo[],
  images: number | undefined,
  runId: string,
): CheckpointInfo {
  const found = [...checkpoints]
    .reverse()
    .find(({ imagesSeen }) => images === undefined || imagesSeen === images)
  if (found !== undefined) return found
  if (checkpoints.length === 0)
    throw new Error(`Run ${runId} has no checkpoint to branch from yet.`)
  const there = checkpoints.map(({ imagesSeen }) => imagesSeen).join(', ')
  throw new Error(`Run ${runId} has no checkpoint at ${images} images; it has ${there}.`)
}

function branchConfig(
  parent: TrainConfig,
  imagesSeen: number,
  options: BranchOptions,
): TrainConfig {
  const { learningRate, fadeImages, stableImages, loss, images, checkpointSeconds, to } = options
  const tall = to === undefined ? parent : grownTo(parent, v.parse(ResolutionSchema, to))
  const { resolution } = reachedAt(parent, imagesSeen)
  const config = withLaterStages(tall, imagesSeen, (plan) => ({
    ...plan,
    ...(learningRate !== undefined && { learningRate }),
    ...(fadeImages !== undefined && plan.resolution > resolution && { fadeImages }),
    ...(stableImages !== undefined && { stableImages }),
  }))
  return {
    ...config,
    ...(loss !== undefined && { loss }),
    ...(images !== undefined && { imageLimit: images }),
    ...(checkpointSeconds !== undefined && {
      intervals: { ...config.intervals, checkpointSeconds },
    }),
  }
}
