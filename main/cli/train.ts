import { Option, type Command } from 'commander'
import { DEVICES } from '../../shared/domain/device'
import { join } from 'node:path'
import type { Device } from '../../shared/domain/device'
import { checkClasses } from '../../shared/domain/enoughPictures'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Alarm, FailureReason, TrainEvent } from '../../shared/domain/trainEvent'
import { printedDistance } from '../../shared/domain/quality'
import { positionAt, totalImages } from '../../shared/schedule'
import type { DeviceWish } from '../devices/choose'
import { createRun } from '../library/runs'
import { Catalog } from '../store/catalog'
import { estimateRehearsal } from '../rehearsal/rehearse'
import { misfitInWords } from '../rehearsal/words'
import { openHome, type Home } from '../store/home'
import { openTraining, trainOrFail } from '../trainer/openTraining'
import { prepare } from './data'
import { deviceFor } from './devices'
import type { Training } from '../trainer/training'
import { contextOf, memory, type Context } from './output'
import { addTrainOptions, configFrom, type TrainOptions } from './trainOptions'

/** Adds `sprout train`. */
export function addTrainCommand(program: Command): void {
  addTrainOptions(
    program.command('train').description('prepare pictures, create a run and train it'),
  ).action((options, command: Command) => trainNew(contextOf(command), options))
}

/** Adds `sprout resume`. */
export function addResumeCommand(program: Command): void {
  program
    .command('resume <run>')
    .description('go on with a run from its last checkpoint')
    .addOption(
      new Option('--device <name>', 'compute with another than before').choices([
        ...DEVICES,
        'auto',
      ]),
    )
    .action((run: string, options, command: Command) => resumeRun(contextOf(command), run, options))
}

/** `sprout train`: prepares the pictures, creates a run and trains it to its end or to Ctrl-C. */
export async function trainNew(context: Context, options: TrainOptions): Promise<void> {
  const home = openHome(context.home)
  // Before the pictures are prepared, which takes its time; memory hardly hangs on their channels.
  const device = await deviceFor(context, home, options.device)
  const likely = configFrom(options, device, (Number(options.channels) || 3) as 1 | 3 | 4, null)
  if (!options.anyway) refuseMisfit(home, likely)
  const dataset = await prepare(context, options.data, options)
  if (options.conditional) checkClasses(dataset.classes, dataset.pictures)
  const classes = options.conditional ? dataset.classes.map((one) => one.name) : null
  const config = configFrom(options, device, dataset.options.channels, classes)
  const name = options.name ?? `${dataset.name} ${config.stages.at(-1)!.resolution} px`
  await trainRun(context, createRun(home, { name, datasetId: dataset.id, config }))
}

/** Throws, naming the largest that fits, when a run would take more memory or disk than there is. Measures nothing. */
function refuseMisfit(home: Home, config: TrainConfig): void {
  const misfit = misfitInWords(estimateRehearsal(home, { config, pictures: null }))
  if (misfit !== null) throw new Error(`${misfit} Train it all the same with --anyway.`)
}

/** `sprout resume RUN`: trains on from the newest intact checkpoint. */
export async function resumeRun(
  context: Context,
  wanted: string,
  options: { device?: DeviceWish },
): Promise<void> {
  const home = openHome(context.home)
  const { id } = Catalog.open(home).findRun(wanted)
  const wish = options.device
  await trainRun(context, id, wish && (await deviceFor(context, home, wish)))
}

async function trainRun({ home, output }: Context, runId: string, device?: Device): Promise<void> {
  const opened = openHome(home)
  const training = openTraining(opened, runId, join(__dirname, 'reader.cjs'), device)
  const file = opened.runFile(runId)
  const total = totalImages(training.config)
  output.line({ type: 'run', runId, file, totalImages: total }, `Run ${runId}`)
  let reason: FailureReason | undefined
  training.journal.observe((event) => {
    printEvent(output, event, total)
    if (event.body.kind === 'error') ({ reason } = event.body)
  })
  training.writes.observe((trouble) => {
    if (trouble === null) output.line({ type: 'trouble', trouble }, 'It can be written again.')
    else {
      const line = `${trouble.message} Training waits and goes on by itself; Ctrl-C ends it.`
      output.line({ type: 'trouble', trouble }, line)
    }
  })
  const stop = () => training.control.stop()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    const ending = await trainOrFail(training)
    const { imagesSeen } = training.run.summary()
    output.line(
      { type: 'end', ending, runId, file, imagesSeen },
      ending === 'finished'
        ? `Finished after ${imagesSeen} images: ${file}`
        : `Saved at ${imagesSeen} images. Go on with: sprout resume ${runId}`,
    )
  } catch (error) {
    const hint = reason && adviceOn(reason, training)
    if (hint !== undefined) output.line({ type: 'advice', reason, command: hint }, `Try: ${hint}`)
    throw error
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    training.close()
  }
}

/** A lower learning rate is this share of the one that failed. */
const LOWER_RATE = 0.25

/** The command that may help where going on as before does not. */
function adviceOn(reason: FailureReason, { run, config }: Training): string {
  const { id, imagesSeen } = run.summary()
  if (reason === 'device-lost') return `sprout resume ${id} --device cpu`
  const { stage } = positionAt(config, imagesSeen)
  const rate = Number((LOWER_RATE * config.stages[stage]!.learningRate).toPrecision(2))
  if (run.checkpoints().length > 0) return `sprout branch ${id} --learning-rate ${rate}`
  const { resolution } = config.stages[stage]!
  return `sprout train ... --stage ${resolution}:learning-rate=${rate}`
}

function alarmInWords(alarm: Alarm): string {
  return alarm === 'diverging'
    ? 'The losses have grown far beyond what they were: training may be diverging.'
    : 'The discriminator tells all pictures apart: the generator has little left to learn from.'
}

/** At large sizes a second may be less than one image. */
function figure(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0)
}

function printEvent(output: Context['output'], { seq, at, body }: TrainEvent, total: number): void {
  if (body.kind === 'mosaic') {
    const { webp, ...rest } = body
    if (output.json) output.line({ type: 'mosaic', seq, at, ...rest, bytes: webp.length }, '')
    return
  }
  const { kind, ...rest } = body
  const value = { type: kind, seq, at, ...rest }
  if (body.kind === 'tick') {
    const percent = ((100 * body.imagesSeen) / total).toFixed(1)
    output.progress(
      value,
      `${percent}%  ${body.resolution} px ${body.phase}  alpha ${body.alpha.toFixed(2)}  ` +
        `D ${body.discriminatorLoss.toFixed(3)}  G ${body.generatorLoss.toFixed(3)}  ` +
        `${figure(body.imagesPerSecond)} images/s` +
        (body.peakMemoryBytes === undefined ? '' : `  ${memory(body.peakMemoryBytes)}`),
    )
  } else if (body.kind === 'stage') {
    const from =
      body.startsFrom === undefined ? '' : `, with the best weights, of ${body.startsFrom} images`
    output.line(
      value,
      `${body.resolution} px, ${body.phase}, from ${body.imagesSeen} images${from}`,
    )
  } else if (body.kind === 'quality') {
    const { distance, resolution, imagesSeen, best } = body
    output.line(
      value,
      `Quality ${printedDistance(distance)} at ${resolution} px after ${imagesSeen} images` +
        (best ? ', the best so far (lower is better)' : ''),
    )
  } else if (body.kind === 'device') {
    const { device, before } = body
    output.line(
      value,
      `Goes on with ${device}, before it was ${before}: bits may differ from here.`,
    )
  } else if (body.kind === 'error') {
    output.line(value, body.message)
  } else if (body.kind === 'alarm') {
    output.line(value, alarmInWords(body.alarm))
  } else if (output.json) output.line(value, '')
}
