import { complaintOf } from '../../shared/domain/explanation'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { imagesOfStep, positionAt, type Segment } from '../../shared/schedule'
import { DamagedCheckpointError } from '../store/runFile'
import { progressOf, type Progress } from './checkpoint'
import type { QualityMeter } from './qualityMeter'
import { Sampler } from './sampler'
import type { Training } from './training'

/** Moments of a stage's stable phase, evenly spread and its end among them, whose weights the next stage may start from. */
const CANDIDATES = 8

/**
 * Images seen at the moments of a segment whose weights the next stage may start from, its end among them; none where
 * stages start from the last weights. They follow from the settings, not from when checkpoints happen to be saved, so
 * that a resumed run has the same choice.
 */
export function candidatesOf(config: TrainConfig, segment: Segment): ReadonlySet<number> {
  const { start, end, phase, stage } = segment
  const followed = stage < config.stages.length - 1
  if (config.stageStart === 'last' || phase === 'fade' || !followed) return new Set()
  const ofStep = imagesOfStep(config, segment)
  const steps = (end - start) / ofStep
  const moments = Array.from({ length: CANDIDATES }, (_, i) =>
    Math.floor(((i + 1) * steps) / CANDIDATES),
  )
  return new Set(moments.filter((step) => step > 0).map((step) => start + step * ofStep))
}

/** What training goes on from; `startsFrom` tells the images of the weights where they are not the last. */
export type Start = { progress: Progress; startsFrom: number | null }

/**
 * What training goes on from at `progress`: where a new stage begins and the settings want it, the best weights of the
 * stage before. Candidates that are not measured yet are. Null when the run is to stop meanwhile.
 */
export async function startOf(
  training: Training,
  quality: QualityMeter,
  progress: Progress,
): Promise<Start | null> {
  const { config, run, control } = training
  const { resolution } = progress.shape
  const goesOn = positionAt(config, progress.imagesSeen).resolution === resolution
  if (config.stageStart === 'last' || goesOn) return { progress, startsFrom: null }
  await quality.settle()
  await measureRest(training, quality, resolution)
  if (control.wish === 'stop') return null
  for (const id of run.qualities.candidates(resolution).measured) {
    const best = await loadIfIntact(training, id, progress.imagesSeen)
    if (best === null) continue
    if (best.imagesSeen === progress.imagesSeen) break
    return { progress: { ...progress, state: best.state }, startsFrom: best.imagesSeen }
  }
  return { progress, startsFrom: null }
}

/** Measures what a break kept from being measured. */
async function measureRest(training: Training, quality: QualityMeter, resolution: number) {
  const { config, run, control, engine } = training
  for (const id of run.qualities.candidates(resolution).unmeasured) {
    const stored = await loadIfIntact(training, id, control.imagesSeen)
    if (stored === null) continue
    const { shape, state } = stored
    await using sampler = await Sampler.create(engine, config, shape)
    const checkpoint = run.checkpoints().find((each) => each.id === id)!
    await quality.measure(
      { checkpoint, state, alpha: 1, resolution: shape.resolution, sampler },
      () => control.wish === 'stop',
    )
    await quality.settle()
  }
}

/** Null when the checkpoint is damaged, of which the run is told. */
async function loadIfIntact(
  { config, run, journal }: Training,
  id: number,
  imagesSeen: number,
): Promise<Progress | null> {
  try {
    return progressOf(config, run.loadCheckpoint(id))
  } catch (error) {
    if (!(error instanceof DamagedCheckpointError)) throw error
    await journal.record({ kind: 'error', imagesSeen, ...complaintOf(error) })
    return null
  }
}
