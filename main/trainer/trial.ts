import type { TrainConfig } from '../../shared/domain/trainConfig'
import { imagesOfStep, type Segment } from '../../shared/schedule'
import type { InputValues, Values } from '../runtime/engine'
import type { Level } from '../store/datasetFile'
import { Minibatches } from './minibatches'
import { growState, initialState } from './networkState'

/** Fresh weights, as when the segment begins: with zeros, steps would take another time. */
export function trialState(
  config: TrainConfig,
  { resolution, phase }: Pick<Segment, 'resolution' | 'phase'>,
): Values {
  if (phase === 'stable') return initialState(config, resolution)
  const below = { resolution: resolution / 2, phase: 'stable' } as const
  return growState(config, initialState(config, below.resolution), below, { resolution, phase })
}

/**
 * The inputs of steps in the segment's middle, with pictures of noise, all by the settings' seed. What it answers takes
 * the step's number, from which its random numbers follow.
 */
export function trialInputs(config: TrainConfig, segment: Segment): (step: number) => InputValues {
  const minibatches = new Minibatches(config, segment, noisyLevel(config, segment))
  const ofStep = imagesOfStep(config, segment)
  const middle = Math.floor((segment.end - segment.start) / ofStep / 2)
  return (step) => minibatches.inputsAt(segment.start + middle * ofStep, step)
}

/** One batch of pictures of noise, each read anew. */
function noisyLevel(
  { channels, seed }: TrainConfig,
  { resolution, batch }: Pick<Segment, 'resolution' | 'batch'>,
): Level {
  let noise = seed
  return {
    count: batch,
    resolution,
    channels,
    read: (_indices, into) => {
      for (let i = 0; i < into.length; i++) {
        noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0
        into[i] = noise >>> 24
      }
    },
  }
}
