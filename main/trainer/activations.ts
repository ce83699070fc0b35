import type { Tensor, Tensor2D, Scalar } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Program } from '../runtime/engine'
import { generate } from './networks'
import { without } from './networkTensors'
import { drawingNorm } from './norms'
import { averageSpecs } from './networkState'
import { type NetworkShape } from './parameters'

/**
 * What comes out of each of the moving-average generator's blocks: state `average/<name>`, inputs `latents`
 * [count, latentSize] and, in a fade, `alpha` []; outputs `<r>x<r>` [count, r, r, maps] of each resolution. Runs with
 * classes draw their first one.
 */
export function activationProgram(
  config: TrainConfig,
  { resolution, phase }: NetworkShape,
  count: number,
): Program {
  return {
    name: `activations ${resolution} px ${phase}, ${count} at a time`,
    state: averageSpecs(config, { resolution, phase }),
    inputs: {
      latents: { shape: [count, config.latentSize] },
      ...(config.classes !== null && { labels: { shape: [count, config.classes.length] } }),
      ...(phase === 'fade' && { alpha: { shape: [] } }),
    },
    run(state, inputs) {
      const outputs: Record<string, Tensor> = {}
      const weights = without('average', state)
      generate(
        weights,
        inputs['latents'] as Tensor2D,
        { resolution, phase },
        (inputs['alpha'] as Scalar | undefined) ?? null,
        (inputs['labels'] as Tensor2D | undefined) ?? null,
        {
          norm: drawingNorm(config, weights),
          tap: (block, maps) => (outputs[block] = maps),
        },
      )
      return { state: {}, outputs }
    },
  }
}
