import type { CheckpointInfo } from '../../shared/domain/run'
import { alphaAt, positionAt, totalImages, type Segment } from '../../shared/schedule'
import type { Session } from '../runtime/engine'
import { grow, loadProgress, saveProgress, type Progress } from './checkpoint'
import { Minibatches } from './minibatches'
import { Mosaics } from './mosaics'
import { trainStepProgram } from './step'
import { Pace } from './pace'
import { TickMeter } from './tickMeter'
import type { Training } from './training'

/** How a call of {@link train} ended. */
export type Ending = 'finished' | 'stopped'

/**
 * Trains a run from its newest intact checkpoint to its end, or until it is told to stop: progressive growing
 * (section 2 of the paper), one segment of the schedule after the other. Whatever happens is in the run's
 * file before anyone hears of it. Throws when training cannot go on; the last checkpoint stays.
 */
export async function train(training: Training): Promise<Ending> {
  const { config, run, journal } = training
  const { progress: start, problems } = loadProgress(run, config)
  run.truncateAfter(start.imagesSeen)
  for (const message of problems) {
    journal.record({ kind: 'error', imagesSeen: start.imagesSeen, message })
  }

  let progress = start
  while (progress.imagesSeen < totalImages(config)) {
    progress = grow(config, progress)
    const ending = await trainSegment(training, progress)
    if (ending.stopped) {
      setState(training, 'paused', ending.progress.imagesSeen)
      return 'stopped'
    }
    progress = ending.progress
  }
  setState(training, 'finished', progress.imagesSeen)
  return 'finished'
}

/** Trains to the end of the segment that `progress` stands in, or until told to stop. Ends with a checkpoint. */
async function trainSegment(
  training: Training,
  progress: Progress,
): Promise<{ progress: Progress; stopped: boolean }> {
  const { config, run, engine, pictures, journal, control } = training
  const segment = positionAt(config, progress.imagesSeen)
  const end = Math.min(segment.end, totalImages(config))
  setState(training, 'preparing', progress.imagesSeen)
  if (progress.imagesSeen === segment.start) journal.record(stageEvent(segment))

  await using session = await engine.load(trainStepProgram(config, segment))
  await session.setState(progress.state)
  await using mosaics = await Mosaics.create(training, segment)
  const minibatches = new Minibatches(config, segment, pictures.openLevel(segment.resolution))
  const meter = new TickMeter()
  const pace = new Pace(config.intervals, segment.batch)

  let { imagesSeen, step } = progress
  let savedAt = imagesSeen
  const save = async (kind: CheckpointInfo['kind']) => {
    if (imagesSeen === savedAt) return
    const state = await session.getState()
    const checkpoint = saveProgress(run, config, { imagesSeen, step, shape: segment, state }, kind)
    journal.record({ kind: 'checkpoint', checkpoint })
    savedAt = imagesSeen
    pace.checkpointSaved()
  }
  await mosaics.drawFirst(progress)
  setState(training, 'training', imagesSeen)

  while (imagesSeen < end) {
    if (control.takeCheckpointWish()) await save('regular')
    if (control.wish === 'pause') {
      await save('regular')
      await whilePaused(training, imagesSeen)
      continue
    }
    if (control.wish === 'stop') break

    const steps = pace.stepsUntilDue(imagesSeen, end)
    const inputs = Array.from({ length: steps }, (_, i) =>
      minibatches.inputsAt(imagesSeen + i * segment.batch, step + i),
    )
    const started = performance.now()
    const outputs = await session.run(inputs, control.signal)
    const elapsed = performance.now() - started
    pace.ran(outputs.length, elapsed)
    imagesSeen += outputs.length * segment.batch
    step += outputs.length
    meter.add(outputs, segment.batch, elapsed)

    if (pace.tickDue(imagesSeen, end) && meter.images > 0) {
      journal.record(tickOf(meter, segment, imagesSeen, step))
    }
    if (pace.mosaicDue(imagesSeen, end)) await mosaics.draw(await averages(session), imagesSeen)
    // At the end there is a checkpoint of its own kind, which one of the same images would stand in for.
    if (pace.checkpointDue() && imagesSeen < end) await save('regular')
  }

  const finished = imagesSeen >= totalImages(config)
  await save(finished ? 'final' : imagesSeen === segment.end ? 'stage-end' : 'regular')
  const state = await session.getState()
  return {
    progress: { imagesSeen, step, shape: segment, state },
    stopped: control.wish === 'stop' && !finished,
  }
}

async function whilePaused(training: Training, imagesSeen: number): Promise<void> {
  setState(training, 'paused', imagesSeen)
  while (training.control.wish === 'pause') await training.control.nextCommand()
  if (training.control.wish === 'train') setState(training, 'training', imagesSeen)
}

/** Only the weights that samples are drawn with leave the engine. */
function averages(session: Session) {
  return session.getState(session.stateNames.filter((name) => name.startsWith('average/')))
}

/** The tick since the last one. Throws when a loss is no number any more: going on would lose the run. */
function tickOf(meter: TickMeter, segment: Segment, imagesSeen: number, step: number) {
  const { stage, resolution, phase } = segment
  const means = meter.take()
  if (!Number.isFinite(means.generatorLoss + means.discriminatorLoss)) {
    throw new Error(
      `The losses are no longer numbers at ${imagesSeen} images (${resolution} px, step ${step}). ` +
        'Resuming starts from the last checkpoint; branch with a lower learning rate if it happens again.',
    )
  }
  const alpha = alphaAt(segment, imagesSeen)
  return { kind: 'tick' as const, imagesSeen, step, stage, resolution, phase, alpha, ...means }
}

function stageEvent(segment: Segment) {
  const { start, stage, resolution, phase } = segment
  return { kind: 'stage' as const, imagesSeen: start, stage, resolution, phase }
}

function setState(
  { run, journal }: Training,
  state: 'preparing' | 'training' | 'paused' | 'finished',
  imagesSeen: number,
): void {
  run.setState(state === 'preparing' ? 'training' : state)
  journal.record({ kind: 'state', imagesSeen, state })
}
