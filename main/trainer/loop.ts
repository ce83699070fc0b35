import { because } from '../../shared/domain/explanation'
import type { CheckpointInfo } from '../../shared/domain/run'
import { alphaAt, imagesOfStep, positionAt, totalImages, type Segment } from '../../shared/schedule'
import type { Session } from '../runtime/engine'
import { checkDevice } from './checkDevice'
import { checkpointOf, grow, loadProgress, type Progress } from './checkpoint'
import { assertLosses, assertWeights } from './finite'
import { LossWatch } from './lossWatch'
import { Mosaics } from './mosaics'
import { trainStepProgram } from './step'
import { Pace } from './pace'
import { QualityMeter } from './qualityMeter'
import { ReadAhead } from './readAhead'
import { candidatesOf, startOf, type Start } from './stageStart'
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
  const { run, journal } = training
  const { progress: start, problems } = loadProgress(run, training.config)
  await journal.truncateAfter(start.imagesSeen)
  training.control.imagesSeen = start.imagesSeen
  for (const message of problems) {
    const { imagesSeen } = start
    const why = because('checkpoint_damaged', { file: run.path, detail: message })
    await journal.record({ kind: 'error', imagesSeen, message, why })
  }

  await noteDevice(training, start.imagesSeen)

  await using quality = new QualityMeter(training)
  let progress = start
  // Asked anew each time, since lengths of phases to come may have been changed.
  while (progress.imagesSeen < totalImages(training.config)) {
    const begun = await startOf(training, quality, progress)
    const ending = begun && (await trainSegment(training, quality, begun))
    if (ending === null || ending.stopped) {
      await journal.setState('paused', (ending?.progress ?? progress).imagesSeen)
      return 'stopped'
    }
    progress = ending.progress
  }
  await quality.settle()
  await journal.setState('finished', progress.imagesSeen)
  return 'finished'
}

/** Tells when training goes on with another device than before: from here on, bits may differ. */
async function noteDevice(training: Training, imagesSeen: number): Promise<void> {
  const { run, device, journal } = training
  const before = run.device()
  if (device === before) return
  await journal.record({ kind: 'device', imagesSeen, device, before })
}

/** Trains to the end of the segment that it starts in, or until told to stop. Ends with a checkpoint. */
async function trainSegment(
  training: Training,
  quality: QualityMeter,
  { progress: last, startsFrom }: Start,
): Promise<{ progress: Progress; stopped: boolean }> {
  const { config, run, device, engine, journal, control } = training
  const progress = grow(config, last)
  const segment = positionAt(config, progress.imagesSeen)
  const end = Math.min(segment.end, totalImages(config))
  await journal.setState('preparing', progress.imagesSeen)
  if (progress.imagesSeen === segment.start && !run.hasStageAt(segment.start)) {
    await journal.record(stageEvent(segment, startsFrom))
  }

  const program = trainStepProgram(config, segment)
  const { inputs } = program
  // First of all, so that it reads while the program is compiled.
  await using ahead = new ReadAhead({ ...whatToRead(training, progress), segment, end, inputs })
  await using session = await engine.load(program)
  if (device !== 'cpu') await checkDevice(device, session, program, config, segment)
  await session.setState(progress.state)
  await using mosaics = await Mosaics.create(training, segment)
  const meter = new TickMeter()
  const watch = new LossWatch(config.loss)
  const ofStep = imagesOfStep(config, segment)
  const pace = new Pace(config.intervals, ofStep)

  const candidates = candidatesOf(config, segment)
  let { imagesSeen, step } = progress
  let savedAt = imagesSeen
  const reached = async (): Promise<Progress> => {
    return { imagesSeen, step, shape: segment, state: await session.getState() }
  }
  const save = async (kind: CheckpointInfo['kind'], at?: Progress) => {
    if (imagesSeen === savedAt) return
    const saved = at ?? (await reached())
    assertWeights(saved.state, segment, step)
    const candidate = candidates.has(imagesSeen)
    const checkpoint = await journal.saveCheckpoint(
      checkpointOf(config, saved, kind, { candidate }),
    )
    savedAt = imagesSeen
    pace.checkpointSaved()
    const { resolution } = segment
    const must = candidate || kind !== 'regular'
    if (!must && !quality.due(resolution, pace.mosaicMs / mosaics.pictures)) return
    const alpha = alphaAt(segment, imagesSeen)
    const { state } = saved
    const { sampler } = mosaics
    await quality.measure({ checkpoint, state, alpha, resolution, sampler }, () =>
      must ? control.wish === 'stop' : control.signal.aborted,
    )
  }
  const draw = async (interim: boolean) => {
    const begun = performance.now()
    await mosaics.draw(await averages(session), imagesSeen, { interim })
    pace.mosaicDrawn(performance.now() - begun)
  }
  await mosaics.drawFirst(progress)
  await journal.setState('training', imagesSeen)

  while (imagesSeen < end) {
    await quality.deliver()
    if ((await obey(training, imagesSeen, { save, draw, quality })) === 'stop') break
    pace.keepTo(training.config.intervals)
    const asked = performance.now()
    const until = Math.min(end, nextOf(candidates, imagesSeen) ?? end)
    const ready = await ahead.take(Math.min(pace.stepsUntilDue(imagesSeen, until), ahead.most))
    const started = performance.now()
    meter.waited(started - asked)
    const outputs = await session.run(ready, control.signal)
    const elapsed = performance.now() - started
    ahead.release(outputs.length)
    assertLosses(outputs, segment, step)
    pace.ran(outputs.length, elapsed)
    imagesSeen += outputs.length * ofStep
    control.imagesSeen = imagesSeen
    step += outputs.length
    meter.add(outputs, ofStep, elapsed)

    if (pace.tickDue(imagesSeen, end) && meter.images > 0) {
      const tick = tickOf(meter, segment, imagesSeen, step)
      await journal.record(tick)
      const alarm = watch.look(tick)
      if (alarm !== null) await journal.record({ kind: 'alarm', imagesSeen, alarm })
    }
    const interim = !pace.mosaicDue(imagesSeen, end)
    if (!interim || pace.interimMosaicDue()) await draw(interim)
    // At the end there is a checkpoint of its own kind, which one of the same images would stand in for.
    const due = pace.checkpointDue() || candidates.has(imagesSeen)
    if (due && imagesSeen < end) await save('regular')
  }

  const finished = imagesSeen >= totalImages(config)
  const ended = await reached()
  await save(finished ? 'final' : imagesSeen === segment.end ? 'stage-end' : 'regular', ended)
  return { progress: ended, stopped: control.wish === 'stop' && !finished }
}

/** Where a segment's reader begins, and what it reads. */
function whatToRead({ config, pictures, readerFile }: Training, { imagesSeen, step }: Progress) {
  return { config, datasetFile: pictures.path, readerFile, imagesSeen, step }
}

/** What a person may ask of a loop between two calls of steps. */
type Services = {
  save(kind: 'regular'): Promise<void>
  draw(interim: boolean): Promise<void>
  quality: QualityMeter
}

/**
 * Does what a person asked for between two calls of steps: a checkpoint, a mosaic, a pause for as long as it lasts, a
 * stop.
 */
async function obey(
  training: Training,
  imagesSeen: number,
  { save, draw, quality }: Services,
): Promise<'go on' | 'stop'> {
  const { control, journal } = training
  if (control.takeCheckpointWish()) await save('regular')
  if (control.takeSampleWish()) await draw(false)
  if (control.wish === 'pause') {
    await save('regular')
    await journal.setState('paused', imagesSeen)
    while (control.wish === 'pause') {
      await Promise.race([control.nextCommand(), quality.somethingFound()])
      await quality.deliver()
      control.takeCheckpointWish()
      while (control.takeSampleWish()) await draw(false)
    }
    if (control.wish === 'train') await journal.setState('training', imagesSeen)
  }
  return control.wish === 'stop' ? 'stop' : 'go on'
}

/** Only the weights that samples are drawn with leave the engine. */
function averages(session: Session) {
  return session.getState(session.stateNames.filter((name) => name.startsWith('average/')))
}

function tickOf(meter: TickMeter, segment: Segment, imagesSeen: number, step: number) {
  const { stage, resolution, phase } = segment
  const alpha = alphaAt(segment, imagesSeen)
  return {
    kind: 'tick' as const,
    imagesSeen,
    step,
    stage,
    resolution,
    phase,
    alpha,
    ...meter.take(),
  }
}

/** The next of some moments after `imagesSeen`, in growing order; undefined past the last. */
function nextOf(moments: ReadonlySet<number>, imagesSeen: number): number | undefined {
  return [...moments].find((moment) => moment > imagesSeen)
}

function stageEvent(segment: Segment, startsFrom: number | null) {
  const { start, stage, resolution, phase } = segment
  const from = startsFrom === null ? {} : { startsFrom }
  return { kind: 'stage' as const, imagesSeen: start, stage, resolution, phase, ...from }
}
