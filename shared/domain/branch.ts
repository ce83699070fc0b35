import { imagesOfStep, positionAt, segmentsOf } from '../schedule'
import type { Resolution } from './resolution'
import { trainConfigFor } from './presets'
import type { StagePlan, TrainConfig } from './trainConfig'

/**
 * Settings that a checkpoint's tensors, or the order of pictures, hang on: a branch cannot have others than its parent.
 */
export const FIXED_IN_BRANCH = [
  'channels',
  'preset',
  'fmapBase',
  'fmapMax',
  'latentSize',
  'generatorNorm',
  // Whole steps of it are what past phases end at.
  'criticSteps',
  'minibatchGroup',
  'classes',
  'pictures',
] as const satisfies readonly (keyof TrainConfig)[]

/** Why a branch cannot have these settings, as a kind for a window and one clear line for everyone. */
export type BranchProblem = {
  kind: 'fixed' | 'past' | 'batch' | 'adam' | 'dataset' | 'end'
  message: string
}

/**
 * Whether a run may go on with `wanted` from a checkpoint at `imagesSeen` of a run with `parent`'s settings. The
 * networks and the data stay; so do the stages that are past and the phase at hand, but for how long it lasts.
 * `datasetResolution` is the largest size that the pictures are prepared for; null when it is not known.
 */
export function branchProblem(
  parent: TrainConfig,
  imagesSeen: number,
  wanted: TrainConfig,
  datasetResolution: number | null,
): BranchProblem | null {
  const fixed = FIXED_IN_BRANCH.find(
    (key) => JSON.stringify(parent[key]) !== JSON.stringify(wanted[key]),
  )
  if (fixed !== undefined) {
    return problem('fixed', `A branch cannot change ${fixed}: the checkpoint was trained with it.`)
  }
  if (parent.adam.beta1 > 0 !== wanted.adam.beta1 > 0) {
    return problem('adam', "Adam's beta1 cannot become zero, or begin to be above it, in a branch.")
  }
  return (
    scheduleProblem(parent, imagesSeen, wanted) ?? endProblem(wanted, imagesSeen, datasetResolution)
  )
}

/** The stage whose layers a checkpoint at `imagesSeen` has, and the phase: those of the last image seen. */
export function reachedAt(config: TrainConfig, imagesSeen: number) {
  return positionAt(config, Math.max(0, imagesSeen - 1))
}

function scheduleProblem(
  parent: TrainConfig,
  imagesSeen: number,
  wanted: TrainConfig,
): BranchProblem | null {
  const reached = reachedAt(parent, imagesSeen)
  const now = reachedAt(wanted, imagesSeen)
  const pastOf = (config: TrainConfig) =>
    segmentsOf(config)
      .filter((segment) => segment.start < reached.start)
      .map(({ resolution, phase, start, end }) => [resolution, phase, start, end])
  const same =
    JSON.stringify(pastOf(parent)) === JSON.stringify(pastOf(wanted)) &&
    now.resolution === reached.resolution &&
    now.phase === reached.phase &&
    now.start === reached.start
  if (!same) {
    const stage = `${reached.resolution} px, ${reached.phase}`
    return problem(
      'past',
      `The checkpoint stands at ${imagesSeen} images, in ${stage}: what comes before that cannot change.`,
    )
  }
  if (reached.phase === 'fade' && imagesSeen < reached.end && now.end !== reached.end) {
    return problem(
      'past',
      `${reached.resolution} px is fading in at this checkpoint: the length of this fade cannot change.`,
    )
  }
  const ofStep = imagesOfStep(wanted, now)
  if (imagesSeen < now.end && (imagesSeen - now.start) % ofStep !== 0) {
    const steps =
      wanted.criticSteps === 1
        ? `a batch of ${now.batch} does`
        : `steps of ${wanted.criticSteps} batches of ${now.batch} do`
    return problem(
      'batch',
      `The checkpoint stands ${imagesSeen - now.start} images into its phase, which ${steps} not divide; ` +
        'choose a batch that does.',
    )
  }
  return null
}

function endProblem(
  wanted: TrainConfig,
  imagesSeen: number,
  datasetResolution: number | null,
): BranchProblem | null {
  const last = wanted.stages.at(-1)!.resolution
  if (datasetResolution !== null && last > datasetResolution) {
    return problem(
      'dataset',
      `The pictures are prepared for up to ${datasetResolution} px; this branch wants ${last} px.`,
    )
  }
  const end = segmentsOf(wanted).at(-1)!.end
  if (Math.min(end, wanted.imageLimit ?? end) > imagesSeen) return null
  return problem('end', 'Nothing is left to train from this checkpoint; make the schedule longer.')
}

/**
 * `parent`'s settings with other plans for the stage at hand and those after; plans of stages that are past, and a fade
 * that is, stay as they were. `change` gets each plan that may change.
 */
export function withLaterStages(
  parent: TrainConfig,
  imagesSeen: number,
  change: (plan: StagePlan) => StagePlan,
): TrainConfig {
  const reached = reachedAt(parent, imagesSeen)
  return {
    ...parent,
    stages: parent.stages.map((plan, stage) => {
      if (stage < reached.stage) return plan
      const changed = change(plan)
      // A fade that has begun keeps its length, whether it is over or not.
      return stage > reached.stage ? changed : { ...changed, fadeImages: plan.fadeImages }
    }),
  }
}

/**
 * The same settings with stages up to `last`, for growing on or for stopping earlier. A new stage has the preset's usual
 * batch, and phases as long as those of the last stage so far.
 */
export function grownTo(config: TrainConfig, last: Resolution): TrainConfig {
  const top = config.stages.at(-1)!
  if (last <= top.resolution) {
    return { ...config, stages: config.stages.filter(({ resolution }) => resolution <= last) }
  }
  const { seed, channels, preset } = config
  const firstResolution = config.stages[0]!.resolution as 4 | 8
  const choices = { seed, channels, preset, firstResolution, finalResolution: last }
  const usual = trainConfigFor(choices).stages
  const usualTop = usual.find(({ resolution }) => resolution === top.resolution)!
  const higher = usual
    .filter(({ resolution }) => resolution > top.resolution)
    .map((plan) => ({
      ...plan,
      // A run of one stage has no fade to go by.
      fadeImages: top.fadeImages || top.stableImages,
      stableImages: top.stableImages,
      // The largest size has a rate of its own in the paper: the same step up from the run's own rate.
      learningRate: top.learningRate * (plan.learningRate / usualTop.learningRate),
    }))
  return { ...config, stages: [...config.stages, ...higher] }
}

function problem(kind: BranchProblem['kind'], message: string): BranchProblem {
  return { kind, message }
}
