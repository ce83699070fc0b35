import type { Scalar, Tensor } from '@tensorflow/tfjs-core'
import type { NetworkName } from '../../shared/domain/networkPlan'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Program, Tensors } from '../runtime/engine'
import { criticInputs, criticStep, meanOutputs } from './criticSteps'
import { openGame, type Game } from './game'
import { waiting, type Round } from './microBatches'
import { stateSpecs } from './networkState'
import { part } from './networkTensors'
import { adam, averageDecay, movingAverage, type AdamStep } from './optimizer'
import { equalisedScale, networkParameters, type ParameterSpec } from './parameters'
import { contestInputs, pictureInputs, type StepShape } from './stepInputs'

/**
 * One training step: the discriminator's updates (one, unless the settings ask for more), one of the generator on the
 * latents of the last of them, then the moving average (section 2; Adam as in section A.1) and, with batch
 * normalisation, the running statistics, which move towards those of the batch that the generator learnt from.
 *
 * Inputs: {@link contestInputs}; `learningRate` []; `adamStep` [], 1 at the phase's first step. Outputs, all scalars, of
 * the weights before each update of the discriminator, averaged over them: `discriminatorLoss`, `realScore`,
 * `fakeScore`; of the updated discriminator: `generatorLoss`.
 */
export function trainStepProgram(config: TrainConfig, segment: StepShape): Program {
  const { resolution, phase, batch } = segment
  const specs = networkParameters(config, segment)
  return {
    name: `train ${resolution} px ${phase}, batch ${batch}, ${config.loss}`,
    state: stateSpecs(config, resolution, phase),
    inputs: {
      ...contestInputs(config, segment),
      learningRate: { shape: [] },
      adamStep: { shape: [] },
    },
    runsOften: true,
    run(state, inputs) {
      const by: AdamStep = {
        settings: config.adam,
        learningRate: inputs['learningRate'] as Scalar,
        step: inputs['adamStep'] as Scalar,
      }
      const { last, discriminator, outputs } = trainDiscriminator(
        config,
        segment,
        state,
        inputs,
        by,
      )
      const trained = part(discriminator, 'discriminator', specs.discriminator)
      const g = last.game.playGenerator(trained, last.round)
      const generator = updated('generator', specs.generator, state, g.gradients, by)
      const decay = averageDecay(config.emaDecay, by.step)
      const averages = specs.generator.map(({ name }) => [
        `average/${name}`,
        movingAverage(state[`average/${name}`]!, generator[`generator/${name}`]!, decay),
      ])
      return {
        state: {
          ...generator,
          ...discriminator,
          ...Object.fromEntries(averages),
          ...last.game.statistics.after(state),
        },
        outputs: { ...outputs, ...g.outputs },
      }
    },
  }
}

/** All updates of the discriminator in one step, and the last of them, on whose latents the generator plays next. */
function trainDiscriminator(
  config: TrainConfig,
  segment: StepShape,
  state: Tensors,
  inputs: Tensors,
  by: AdamStep,
) {
  const { criticSteps } = config
  const specs = networkParameters(config, segment)
  const perPicture = Object.keys(pictureInputs(config, segment))
  const played: { game: Game; round: Round }[] = []
  let discriminator: Record<string, Tensor> = {}
  for (const [turn, own] of criticInputs(inputs, perPicture, criticSteps).entries()) {
    const before = { ...state, ...discriminator }
    const earlier = played.at(-1)
    // One after the other, so that only one update's maps are in memory.
    const waited = earlier ? waiting(own, perPicture, earlier.round) : own
    const game = openGame(config, segment, before, waited)
    const round = game.playDiscriminator()
    const at = criticStep(by, turn, criticSteps)
    discriminator = updated('discriminator', specs.discriminator, before, round.gradients, at)
    played.push({ game, round })
  }
  const outputs = meanOutputs(played.map(({ round }) => round.outputs))
  return { last: played.at(-1)!, discriminator, outputs }
}

/** A network's weights and moments after an update that follows `gradients`. */
function updated(
  network: NetworkName,
  specs: readonly ParameterSpec[],
  state: Tensors,
  gradients: Tensors,
  by: AdamStep,
): Record<string, Tensor> {
  const after: Record<string, Tensor> = {}
  for (const spec of specs) {
    const name = `${network}/${spec.name}`
    const m = state[`adam/${name}/m`]
    const before = { weight: state[name]!, v: state[`adam/${name}/v`]!, ...(m && { m }) }
    const next = adam(before, gradients[spec.name]!, equalisedScale(spec), by)
    after[name] = next.weight
    after[`adam/${name}/v`] = next.v
    if (next.m) after[`adam/${name}/m`] = next.m
  }
  return after
}
