import { isMicroBatch, largestMicroBatch } from '../../shared/domain/minibatchGroup'
import { RESOLUTIONS } from '../../shared/domain/resolution'
import { isTutorial, trainConfigFor } from '../../shared/domain/presets'
import type { Preset, StagePlan, TrainConfig } from '../../shared/domain/trainConfig'
import { TUTORIAL } from '../../shared/domain/tutorial'
import type { Speeds } from '../../shared/schedule'
import { imagesPerPhase, withAllPhases } from './scheduleEdits'

/** How long a run's phases are: ready lengths, or the person's own. The tutorial's come with settings of their own. */
export const SCHEDULES = ['quick', 'overnight', 'paper', 'tutorial', 'custom'] as const
/** One of {@link SCHEDULES}. */
export type ScheduleName = (typeof SCHEDULES)[number]

/** Images per phase of a quick look: minutes on an ordinary processor. */
const QUICK_IMAGES = 4_000
/** Images per phase in the paper (section A.1). */
const PAPER_IMAGES = 600_000
/** How long a night is. */
const OVERNIGHT_SECONDS = 8 * 3600

/** What a new run begins with, with a seed of its own. */
export function firstDraft(): TrainConfig {
  return trainConfigFor({
    seed: Math.floor(Math.random() * 2 ** 31),
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 32,
    fadeImages: QUICK_IMAGES,
    stableImages: QUICK_IMAGES,
  })
}

/** Settings that a preset's networks usually have, with stages of every size. */
export function usualConfig(preset: Preset): TrainConfig {
  return trainConfigFor({
    seed: 0,
    channels: 3,
    preset,
    firstResolution: 4,
    finalResolution: RESOLUTIONS.at(-1)!,
  })
}

/** The same settings with a preset's networks and batches; as they are where they have them already. */
export function withNetwork(config: TrainConfig, preset: Preset): TrainConfig {
  const { fmapBase, fmapMax, latentSize, stages } = usualConfig(preset)
  if (preset === config.preset && fmapMax === config.fmapMax) return config
  return {
    ...config,
    preset,
    fmapBase,
    fmapMax,
    latentSize,
    stages: config.stages.map((plan) => {
      const { batch } = stages.find(({ resolution }) => resolution === plan.resolution)!
      return { ...plan, batch, microBatch: null }
    }),
  }
}

/** Stages with a schedule's lengths. Overnight ones are `unmeasuredImages` a phase while no speed is known. */
export function scheduled(
  stages: readonly StagePlan[],
  schedule: ScheduleName,
  speeds: Speeds,
  unmeasuredImages: number,
): StagePlan[] {
  switch (schedule) {
    case 'quick':
      return withAllPhases(stages, { fadeImages: QUICK_IMAGES, stableImages: QUICK_IMAGES })
    case 'overnight': {
      const images = imagesPerPhase(stages, speeds, OVERNIGHT_SECONDS) ?? unmeasuredImages
      return withAllPhases(stages, { fadeImages: images, stableImages: images })
    }
    case 'paper':
      return withAllPhases(stages, { fadeImages: PAPER_IMAGES, stableImages: PAPER_IMAGES })
    case 'tutorial': {
      const images = TUTORIAL.phaseImages
      return withAllPhases(stages, { fadeImages: images, stableImages: images })
    }
    case 'custom':
      return [...stages]
  }
}

/** The same settings with what courses train with. Their norm takes whole batches. */
export function withTutorial(config: TrainConfig): TrainConfig {
  const { generatorNorm, loss, beta1, beta2, learningRate } = TUTORIAL
  return {
    ...config,
    generatorNorm,
    loss,
    adam: { ...config.adam, beta1, beta2 },
    stages: config.stages.map((plan) => ({ ...plan, learningRate, microBatch: null })),
  }
}

/** The same settings with what is usual in place of what courses train with; as they are where they have something else. */
export function withoutTutorial(config: TrainConfig): TrainConfig {
  if (!isTutorial(config)) return config
  const { generatorNorm, loss, adam, stages } = usualConfig(config.preset)
  return {
    ...config,
    generatorNorm,
    loss,
    adam: { ...config.adam, beta1: adam.beta1, beta2: adam.beta2 },
    stages: config.stages.map((plan) => {
      const usual = stages.find(({ resolution }) => resolution === plan.resolution)!
      return { ...plan, learningRate: usual.learningRate }
    }),
  }
}

/**
 * The same settings with at most so many images gone through at a time; null takes whole batches, and so does batch
 * normalisation.
 */
export function inMicroBatches(config: TrainConfig, wanted: number | null): TrainConfig {
  const most = config.generatorNorm === 'batch' ? null : wanted
  const stages = config.stages.map((plan) => ({
    ...plan,
    microBatch:
      most === null || most >= plan.batch
        ? null
        : largestMicroBatch(most, plan.batch, config.minibatchGroup),
  }))
  return { ...config, stages }
}

/** The same settings without micro-batches that no longer divide their batch into whole groups, or go with the norm. */
export function withFittingMicroBatches(config: TrainConfig): TrainConfig {
  if (config.generatorNorm === 'batch') return inMicroBatches(config, null)
  const stages = config.stages.map((plan) => {
    const { batch, microBatch } = plan
    const fits = microBatch === null || isMicroBatch(microBatch, batch, config.minibatchGroup)
    return fits ? plan : { ...plan, microBatch: null }
  })
  return { ...config, stages }
}
