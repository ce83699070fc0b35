import type { NetworkName } from '../../shared/domain/networkPlan'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Program, Tensors } from '../runtime/engine'
import { openGame } from './game'
import { part, prefixed } from './networkTensors'
import { networkParameters } from './parameters'
import { contestInputs, type StepShape } from './stepInputs'

/**
 * The gradients that a training step would follow, at fixed weights: outputs `grad/discriminator/<name>` and
 * `grad/generator/<name>`, and the step's losses and scores, of one update of each. Unlike a step's, the
 * generator's gradient and loss are against the discriminator as it is, not as updated.
 */
export function gradientProgram(settings: TrainConfig, segment: StepShape): Program {
  const config = { ...settings, criticSteps: 1 }
  const { resolution, phase, batch } = segment
  const specs = networkParameters(config, segment)
  return {
    name: `gradients ${resolution} px ${phase}, batch ${batch}, ${config.loss}`,
    state: {
      ...prefixed('generator', specs.generator),
      ...prefixed('discriminator', specs.discriminator),
    },
    inputs: contestInputs(config, segment),
    run(state, inputs) {
      const game = openGame(config, segment, state, inputs)
      const d = game.playDiscriminator()
      const g = game.playGenerator(part(state, 'discriminator', specs.discriminator), d)
      return {
        state: {},
        outputs: {
          ...gradientOutputs('generator', g.gradients),
          ...gradientOutputs('discriminator', d.gradients),
          ...d.outputs,
          ...g.outputs,
        },
      }
    },
  }
}

function gradientOutputs(network: NetworkName, gradients: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [`grad/${network}/${name}`, gradient]),
  )
}
