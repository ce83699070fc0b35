import { featureMaps } from '../../shared/domain/networkPlan'
import type { LossName, TrainConfig } from '../../shared/domain/trainConfig'
import type { Segment } from '../../shared/schedule'
import { sizeOf } from '../runtime/values'
import { stateSpecs } from '../trainer/networkState'

const FLOAT_BYTES = 4

/** Bytes of all that a checkpoint of a segment holds: weights, their moving average and Adam's moments. */
export function stateBytes(
  config: TrainConfig,
  { resolution, phase }: Pick<Segment, 'resolution' | 'phase'>,
): number {
  const specs = Object.values(stateSpecs(config, resolution, phase))
  return FLOAT_BYTES * specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
}

/** Multiplications of both networks' convolutions for one image, in the cheap forms: what a step's time goes by. */
export function multiplications(config: TrainConfig, resolution: number): number {
  const top = featureMaps(config, 4)
  let sum = 2 * 9 * 16 * top * top + 16 * top * (config.latentSize + top)
  for (let r = 8; r <= resolution; r *= 2) {
    const [here, below] = [featureMaps(config, r), featureMaps(config, r / 2)]
    sum += 2 * r * r * (9 * here * here + 4 * here * below)
  }
  return sum
}

/** Bytes of all feature maps of both networks for one image: what a step's memory goes by. */
export function activationBytes(config: TrainConfig, resolution: number): number {
  let floats = 4 * 16 * featureMaps(config, 4)
  for (let r = 8; r <= resolution; r *= 2) {
    floats += r * r * (4 * featureMaps(config, r) + config.channels)
  }
  return FLOAT_BYTES * floats
}

/** A process with all of Sprout loaded. */
const PROCESS_BYTES = 150 << 20
/** What compiling leaves behind for each size above the first, by the depth of the loss' gradients. */
const PROGRAM_BYTES: Readonly<Record<LossName, number>> = {
  'wgan-gp': 30 << 20,
  logistic: 10 << 20,
  'logistic-r1': 30 << 20,
}
/** Copies of the state at once: two in the engine, the others at growing, compiling and saving. */
const STATE_COPIES = 4
/** How many times over a step holds its feature maps, by the depth of its gradients. */
const ACTIVATION_COPIES: Readonly<Record<LossName, number>> = {
  'wgan-gp': 9.5,
  logistic: 6,
  'logistic-r1': 9.5,
}

/**
 * Peak memory, in bytes, of the process that trains a segment with so many images at once, by its shapes alone. Within
 * an eighth of what was measured for presets tiny and small from 4 to 32 px, and for medium to 16 px.
 */
export function formulaMemory(
  config: TrainConfig,
  segment: Pick<Segment, 'resolution' | 'phase'>,
  imagesAtOnce: number,
): number {
  const sizesAbove4 = Math.log2(segment.resolution / 4)
  return (
    PROCESS_BYTES +
    sizesAbove4 * PROGRAM_BYTES[config.loss] +
    STATE_COPIES * stateBytes(config, segment) +
    ACTIVATION_COPIES[config.loss] * imagesAtOnce * activationBytes(config, segment.resolution)
  )
}
