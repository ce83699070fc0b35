import type { Resolution } from './domain/resolution'
import type { StagePlan, TrainConfig } from './domain/trainConfig'

/** Which half of a stage training is in: new layers fading in, or all layers fully in. */
export type Phase = 'fade' | 'stable'

/** A stretch of the schedule with one resolution and one phase. `start` and `end` count images seen. */
export type Segment = {
  stage: number
  resolution: Resolution
  phase: Phase
  start: number
  end: number
  batch: number
  /** Images gone through at a time, or null for the whole batch. */
  microBatch: number | null
  learningRate: number
}

/** Where training stands after some images: its segment, and how far the newest layers are faded in. */
export type Position = Segment & {
  /** 0 at a fade's start, 1 at its end and in every stable phase (the paper's figure 2). */
  alpha: number
}

/** Images that one step sees: a batch for each update of the discriminator. */
export function imagesOfStep(
  { criticSteps }: Pick<TrainConfig, 'criticSteps'>,
  { batch }: Pick<StagePlan, 'batch'>,
): number {
  return criticSteps * batch
}

/**
 * A run's whole schedule as segments in order. Each segment's length is rounded up to whole steps, so that
 * a step never straddles two phases; a fade of 0 images has no segment.
 */
export function segmentsOf(config: TrainConfig): Segment[] {
  const segments: Segment[] = []
  let start = 0
  config.stages.forEach((plan, stage) => {
    const add = (phase: Phase, images: number) => {
      if (images === 0) return
      const ofStep = imagesOfStep(config, plan)
      const end = start + Math.ceil(images / ofStep) * ofStep
      const { resolution, batch, microBatch, learningRate } = plan
      segments.push({ stage, resolution, phase, start, end, batch, microBatch, learningRate })
      start = end
    }
    add('fade', stage === 0 ? 0 : plan.fadeImages)
    add('stable', plan.stableImages)
  })
  return segments
}

/** Images a run sees in all: its schedule's end, or the whole steps that reach its image limit. */
export function totalImages(config: TrainConfig): number {
  const segments = segmentsOf(config)
  const end = segments.at(-1)!.end
  if (config.imageLimit === null || config.imageLimit >= end) return end
  const segment = segmentAt(segments, config.imageLimit - 1)
  const ofStep = imagesOfStep(config, segment)
  return segment.start + Math.ceil((config.imageLimit - segment.start) / ofStep) * ofStep
}

/**
 * Where a run stands once `imagesSeen` images (an integer >= 0) went through; past the end, the last
 * segment's end. A boundary belongs to the segment that begins there.
 */
export function positionAt(config: TrainConfig, imagesSeen: number): Position {
  const segment = segmentAt(segmentsOf(config), imagesSeen)
  return { ...segment, alpha: alphaAt(segment, imagesSeen) }
}

/** The fade's weight: linear from 0 at the segment's start to 1 at its end; 1 in a stable phase (figure 2). */
export function alphaAt(segment: Segment, imagesSeen: number): number {
  if (segment.phase === 'stable') return 1
  const faded = (imagesSeen - segment.start) / (segment.end - segment.start)
  return Math.min(1, Math.max(0, faded))
}

function segmentAt(segments: readonly Segment[], imagesSeen: number): Segment {
  return segments.find((segment) => imagesSeen < segment.end) ?? segments.at(-1)!
}

/** Images per second for one resolution, as measured; see {@link secondsLeft}. */
export type Speeds = ReadonlyMap<Resolution, number>

/**
 * Seconds until a run ends, from measured speeds. A resolution not measured yet is taken as a quarter of the
 * speed of the one below it, since it has four times the pixels. Null when nothing was measured.
 */
export function secondsLeft(
  config: TrainConfig,
  imagesSeen: number,
  speeds: Speeds,
): number | null {
  const end = totalImages(config)
  let known: number | null = null
  let seconds = 0
  for (const segment of segmentsOf(config)) {
    const measured = speeds.get(segment.resolution)
    const images = Math.max(0, Math.min(end, segment.end) - Math.max(imagesSeen, segment.start))
    if (measured !== undefined) known = measured
    else if (known !== null && segment.start > imagesSeen && isNewResolution(config, segment))
      known /= 4
    if (images === 0) continue
    if (known === null) return null
    seconds += images / known
  }
  return seconds
}

/** True for the first segment of each resolution after the first. */
function isNewResolution(config: TrainConfig, segment: Segment): boolean {
  return (
    segment.stage > 0 &&
    (segment.phase === 'fade' || config.stages[segment.stage]!.fadeImages === 0)
  )
}
