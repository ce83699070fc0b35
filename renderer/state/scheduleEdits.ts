import { resolutionsBetween, type Resolution } from '../../shared/domain/resolution'
import type { StagePlan } from '../../shared/domain/trainConfig'
import type { Phase, Speeds } from '../../shared/schedule'

/** Longest phase that can be set, images. */
export const MOST_PHASE_IMAGES = 100_000_000

/** The end of one phase in a schedule: what a person drags. */
export type PhaseEnd = {
  stage: number
  resolution: Resolution
  phase: Phase
  /** Images seen when the phase begins, and when it ends. */
  start: number
  end: number
  /** Shortest length that makes sense, images: a fade may be left out, a stable phase has at least a step. */
  least: number
}

/** The ends of all phases in order, those of fades without length included. Lengths are as planned, not in whole steps. */
export function phaseEnds(stages: readonly StagePlan[]): PhaseEnd[] {
  const ends: PhaseEnd[] = []
  let start = 0
  stages.forEach((plan, stage) => {
    const add = (phase: Phase, images: number, least: number) => {
      const { resolution } = plan
      ends.push({ stage, resolution, phase, start, end: start + images, least })
      start += images
    }
    if (stage > 0) add('fade', plan.fadeImages, 0)
    add('stable', plan.stableImages, Math.min(plan.batch, MOST_PHASE_IMAGES))
  })
  return ends
}

/** The stages with one phase's length changed: later phases keep theirs and move. */
export function withPhaseImages(
  stages: readonly StagePlan[],
  { stage, phase, least }: Pick<PhaseEnd, 'stage' | 'phase' | 'least'>,
  images: number,
): StagePlan[] {
  const whole = Math.round(Math.min(MOST_PHASE_IMAGES, Math.max(least, images)))
  return stages.map((plan, i) => {
    if (i !== stage) return plan
    return phase === 'fade' ? { ...plan, fadeImages: whole } : { ...plan, stableImages: whole }
  })
}

/** The stages with a phase's end dragged to `images` seen, in steps of `grain`. */
export function withEndAt(
  stages: readonly StagePlan[],
  end: PhaseEnd,
  images: number,
  grain: number,
): StagePlan[] {
  const length = Math.round((images - end.start) / grain) * grain
  return withPhaseImages(stages, end, length)
}

/** A round step (1, 2 or 5 times a power of ten, at least 1) near `share` of a length in images. */
export function roundStep(images: number, share: number): number {
  const wanted = Math.max(1, images * share)
  const power = 10 ** Math.floor(Math.log10(wanted))
  const digit = wanted / power
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10)
}

/** The stages with all fades, or all stable phases, of one length. */
export function withAllPhases(
  stages: readonly StagePlan[],
  lengths: { fadeImages?: number; stableImages?: number },
): StagePlan[] {
  return stages.map((plan, i) => ({
    ...plan,
    fadeImages: i === 0 ? 0 : (lengths.fadeImages ?? plan.fadeImages),
    stableImages: lengths.stableImages ?? plan.stableImages,
  }))
}

/** The length that all fades have, or all stable phases; null when they differ. */
export function commonImages(stages: readonly StagePlan[], phase: Phase): number | null {
  const lengths =
    phase === 'fade'
      ? stages.slice(1).map(({ fadeImages }) => fadeImages)
      : stages.map(({ stableImages }) => stableImages)
  return lengths.every((length) => length === lengths[0]) ? (lengths[0] ?? null) : null
}

/**
 * Stages from `first` to `last`: those that are there stay as they are, others are `usual` ones with the lengths of
 * their neighbour.
 */
export function withResolutions(
  stages: readonly StagePlan[],
  usual: readonly StagePlan[],
  [first, last]: readonly [Resolution, Resolution],
): StagePlan[] {
  return resolutionsBetween(first, last).map((resolution, i) => {
    const own = stages.find((plan) => plan.resolution === resolution)
    const near = own ?? (resolution < stages[0]!.resolution ? stages[0]! : stages.at(-1)!)
    const base = own ?? usual.find((plan) => plan.resolution === resolution)!
    // What was the first stage had nothing to fade from.
    const faded =
      near === stages[0] ? (stages[1]?.fadeImages ?? near.stableImages) : near.fadeImages
    return { ...base, fadeImages: i === 0 ? 0 : faded, stableImages: near.stableImages }
  })
}

/** Longest phase of an overnight run: the paper's. */
const PAPER_PHASE_IMAGES = 600_000

/**
 * Images of each phase so that all together take `seconds`, at most the paper's; null when nothing was measured.
 * Resolutions without a speed are taken as a quarter of the one below.
 */
export function imagesPerPhase(
  stages: readonly StagePlan[],
  speeds: Speeds,
  seconds: number,
): number | null {
  let known: number | null = null
  let perImage = 0
  for (const [stage, { resolution }] of stages.entries()) {
    const measured = speeds.get(resolution)
    if (measured !== undefined) known = measured
    else if (known !== null) known /= 4
    if (known === null) return null
    perImage += (stage === 0 ? 1 : 2) / known
  }
  const images = Math.min(PAPER_PHASE_IMAGES, seconds / perImage)
  const grain = roundStep(images, 0.02)
  return Math.max(1, Math.floor(images / grain) * grain)
}
