import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Segment } from '../../shared/schedule'
import type { Program } from '../runtime/engine'
import { generate } from './networks'
import { without } from './networkTensors'
import { drawingNorm } from './norms'
import { averageSpecs } from './networkState'
import { alphaFrom, alphaInput } from './stepInputs'

/**
 * Draws `count` pictures with the moving-average weights: state `average/<name>`, inputs `latents`
 * [count, latentSize], `classShares` [count, classes] if the run has classes (rows that sum to 1) and, in a fade, `alpha`
 * []; output `images` [count, r, r, channels] in about [-1, 1].
 */
export function sampleProgram(
  config: TrainConfig,
  resolution: Segment['resolution'],
  phase: Segment['phase'],
  count: number,
): Program {
  const shape = { resolution, phase }
  return {
    name: `sample ${resolution} px ${phase}, ${count} at a time`,
    state: averageSpecs(config, shape),
    inputs: {
      latents: { shape: [count, config.latentSize] },
      ...(config.classes !== null && { classShares: { shape: [count, config.classes.length] } }),
      ...alphaInput(phase),
    },
    run(state, inputs) {
      const weights = without('average', state)
      const norm = drawingNorm(config, weights)
      const latents = inputs['latents'] as Tensor2D
      const shares = (inputs['classShares'] as Tensor2D | undefined) ?? null
      const images = generate(weights, latents, shape, alphaFrom(inputs), shares, { norm })
      return { state: {}, outputs: { images } }
    },
  }
}
