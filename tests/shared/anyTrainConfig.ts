import fc from 'fast-check'
import { DEVICES } from '../../shared/domain/device'
import { isMicroBatch } from '../../shared/domain/minibatchGroup'
import { RESOLUTIONS } from '../../shared/domain/resolution'
import { trainConfigFor } from '../../shared/domain/presets'
import {
  AUGMENTATIONS,
  GENERATOR_NORMS,
  LOSSES,
  MOST_CRITIC_STEPS,
  PRESETS,
  type TrainConfig,
} from '../../shared/domain/trainConfig'

const weight = fc.oneof(
  fc.constantFrom(0, 0.001, 1, 10),
  fc.double({ min: 0, max: 100, noNaN: true }),
)
const fraction = fc.oneof(
  fc.constantFrom(0, 0.5, 0.99, 0.999),
  fc.double({ min: 0, max: 0.9999, noNaN: true }),
)
const count = (max: number) => fc.integer({ min: 1, max })
const usualOr = <T>(other: fc.Arbitrary<T>) => fc.option(other, { nil: undefined })

/** Settings of any kind that a new run can have, each either usual or not. */
export const trainConfigs: fc.Arbitrary<TrainConfig> = fc
  .record({
    seed: fc.integer({ min: 0, max: 0xffffffff }),
    channels: fc.constantFrom(1 as const, 3 as const, 4 as const),
    preset: fc.constantFrom(...PRESETS),
    firstResolution: fc.constantFrom(4 as const, 8 as const),
    finalResolution: fc.constantFrom(...RESOLUTIONS.filter((r) => r >= 8)),
    tutorial: fc.boolean(),
    loss: fc.constantFrom(...LOSSES),
    generatorNorm: fc.constantFrom(...GENERATOR_NORMS),
    criticSteps: fc.integer({ min: 1, max: MOST_CRITIC_STEPS }),
    fadeImages: fc.nat(1_000_000),
    stableImages: count(1_000_000),
    mirror: fc.boolean(),
    augment: fc.subarray([...AUGMENTATIONS]),
    classes: fc.option(fc.constant(['cacti', 'ferns'])),
    imageLimit: fc.option(count(1_000_000)),
    device: fc.constantFrom(...DEVICES),
  })
  .map(trainConfigFor)
  .chain((config) =>
    fc
      .record({
        latentSize: usualOr(count(1024)),
        fmapBase: usualOr(count(8192)),
        fmapMax: usualOr(count(512)),
        gradientPenaltyWeight: usualOr(weight),
        driftWeight: usualOr(weight),
        r1Gamma: usualOr(weight),
        emaDecay: usualOr(fraction),
        minibatchGroup: usualOr(count(16)),
        adam: usualOr(
          fc.record({
            beta1: fraction,
            beta2: fraction,
            epsilon: fc.constantFrom(1e-8, 1e-7, 0.001),
          }),
        ),
        intervals: usualOr(
          fc.record({
            tickImages: count(10_000),
            mosaicImages: count(10_000),
            checkpointSeconds: fc.constantFrom(0.5, 1, 60, 600),
          }),
        ),
        qualitySamples: usualOr(count(4096)),
        stageStart: usualOr(fc.constantFrom('last' as const, 'best' as const)),
        stages: fc.tuple(
          ...config.stages.map((plan, i) =>
            fc
              .record({
                fadeImages: usualOr(i === 0 ? fc.constant(0) : fc.nat(1_000_000)),
                stableImages: usualOr(count(1_000_000)),
                batch: usualOr(count(64)),
                microBatch: usualOr(fc.constantFrom(null, 1, 2, 4, 8)),
                learningRate: usualOr(fc.constantFrom(1e-4, 5e-4, 0.002, 0.0015)),
              })
              .map((changes) => ({ ...plan, ...withoutUndefined(changes) })),
          ),
        ),
      })
      .map((changes) => fitting({ ...config, ...withoutUndefined(changes) })),
  )

function withoutUndefined<T extends object>(changes: T) {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/** Micro-batches that do not go with their batch, or with the norm, are left out. */
function fitting(config: TrainConfig): TrainConfig {
  const { minibatchGroup, generatorNorm } = config
  const stages = config.stages.map((plan) => {
    const { batch, microBatch } = plan
    const fits =
      microBatch === null ||
      (generatorNorm === 'pixel' && isMicroBatch(microBatch, batch, minibatchGroup))
    return fits ? plan : { ...plan, microBatch: null }
  })
  return { ...config, stages }
}
