import type { Command } from 'commander'
import { positionAt, totalImages } from '../../shared/schedule'
import { printedDistance } from '../../shared/domain/quality'
import type { RunSummary } from '../../shared/domain/run'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { Catalog } from '../store/catalog'
import { openHome } from '../store/home'
import { RunFile } from '../store/runFile'
import { shapeOf } from '../trainer/checkpoint'
import { contextOf, memory, type Context } from './output'

/** Adds `sprout runs` and `show`. */
export function addRunsCommands(program: Command): void {
  program
    .command('runs')
    .description('list all runs')
    .action((_, command: Command) => listRuns(contextOf(command)))
  program
    .command('show <run>')
    .description('tell all about one run')
    .action((run: string, _, command: Command) => showRun(contextOf(command), run))
}

/** `sprout runs`: one line a run, newest activity first, then files that could not be read. */
export async function listRuns({ home, output }: Context): Promise<void> {
  const catalog = Catalog.open(openHome(home))
  const runs = catalog.listRuns()
  for (const run of runs) output.line(plain(run), line(run))
  for (const problem of catalog.problems()) {
    output.line({ type: 'problem', ...problem }, `${problem.file}: ${problem.message}`)
  }
  if (runs.length === 0 && !output.json) {
    output.line({}, 'No runs yet. Start one with: sprout train --data sample:emoji --to 16')
  }
}

/** `sprout show RUN`: settings, position and checkpoints. */
export async function showRun({ home, output }: Context, wanted: string): Promise<void> {
  const run = Catalog.open(openHome(home)).findRun(wanted)
  const file = RunFile.openForReading(run.file)
  try {
    const checkpoints = file.checkpoints()
    const position = positionAt(run.config, run.imagesSeen)
    const peaks = file.peakMemory()
    const best = file.storedCheckpoints().filter((checkpoint) => checkpoint.best)
    const qualities = best.map((one) => ({
      imagesSeen: one.imagesSeen,
      resolution: shapeOf(run.config, one).resolution,
      distance: one.quality!,
    }))
    const { resolution, phase, alpha } = position
    output.line(
      {
        ...plain(run),
        config: run.config,
        position: { resolution, phase, alpha },
        checkpoints,
        bestQualities: qualities,
        peakMemory: peaks,
      },
      [
        line(run),
        `file         ${run.file}`,
        `data         ${run.datasetName}`,
        ...(run.parent === null
          ? []
          : [`branch of    ${run.parent.runId} at ${run.parent.imagesSeen}`]),
        ...(run.tags.length === 0 ? [] : [`tags         ${run.tags.join(', ')}`]),
        ...(run.note === '' ? [] : [`note         ${run.note}`]),
        `networks     ${networksOf(run.config)}`,
        `stands at    ${resolution} px, ${phase}, alpha ${alpha.toFixed(3)}`,
        `checkpoints  ${checkpoints.map((c) => `${c.imagesSeen} (${c.kind})`).join(', ') || 'none'}`,
        `quality      ${qualities.map((one) => `${printedDistance(one.distance)} (${one.resolution} px, at ${one.imagesSeen} images)`).join(', ') || 'not measured'}`,
        `most memory  ${peaks.map((peak) => `${memory(peak.bytes)} (${peak.resolution} px)`).join(', ') || 'not measured'}`,
        ...(run.failure === null ? [] : [`failure      ${run.failure}`]),
      ].join('\n'),
    )
  } finally {
    file.close()
  }
}

function plain({ config, ...rest }: RunSummary): object {
  return {
    type: 'run',
    ...rest,
    totalImages: totalImages(config),
  }
}

function line(run: RunSummary): string {
  const { resolution } = positionAt(run.config, run.imagesSeen)
  const percent = Math.floor((100 * run.imagesSeen) / totalImages(run.config))
  return `${run.id}  ${run.state.padEnd(11)}  ${String(percent).padStart(3)}%  ${resolution} px  ${run.name}${run.tags.map((tag) => `  #${tag}`).join('')}`
}

function networksOf({ preset, loss, channels, generatorNorm, criticSteps }: TrainConfig): string {
  const norm = generatorNorm === 'batch' ? ', batch normalisation' : ''
  const critic = criticSteps === 1 ? '' : `, ${criticSteps} critic steps`
  return `${preset}, ${loss}, ${channels} channels${norm}${critic}`
}
