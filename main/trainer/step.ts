import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import { groupSize } from '../../shared/domain/minibatchGroup'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Program, Tensors } from '../runtime/engine'
import { augmentBy } from './augment'
import { criticInputs, criticStep, meanOutputs } from './criticSteps'
import {
  discriminatorLoss,
  gradientPenalty,
  generatorLoss,
  scoresOf,
  type Contest,
  type Score,
} from './losses'
import { microBatches, playInTurn, waiting, type Round } from './microBatches'
import { discriminate, generate } from './networks'
import { part, prefixed } from './networkTensors'
import { RunningStatistics, trainingNorm, type NoteStatistics } from './norms'
import { adam, averageDecay, movingAverage, type AdamStep } from './optimizer'
import {
  discriminatorParameters,
  equalisedScale,
  generatorParameters,
  stateSpecs,
  type NetworkShape,
  type ParameterSpec,
} from './parameters'
import {
  alphaFrom,
  contestInputs,
  labelsFrom,
  pictureInputs,
  realsFrom,
  repeated,
  type StepShape,
} from './stepInputs'

type Network = 'generator' | 'discriminator'

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
  const [gSpecs, dSpecs] = parametersOf(config, segment)
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
      const trained = part(discriminator, 'discriminator', dSpecs)
      const g = last.game.playGenerator(trained, last.round)
      const generator = updated('generator', gSpecs, state, g.gradients, by)
      const decay = averageDecay(config.emaDecay, by.step)
      const averages = gSpecs.map(({ name }) => [
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
  const [, dSpecs] = parametersOf(config, segment)
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
    discriminator = updated('discriminator', dSpecs, before, round.gradients, at)
    played.push({ game, round })
  }
  const outputs = meanOutputs(played.map(({ round }) => round.outputs))
  return { last: played.at(-1)!, discriminator, outputs }
}

/**
 * The gradients that a training step would follow, at fixed weights: outputs `grad/discriminator/<name>` and
 * `grad/generator/<name>`, and the step's losses and scores, of one update of each. Unlike a step's, the
 * generator's gradient and loss are against the discriminator as it is, not as updated.
 */
export function gradientProgram(settings: TrainConfig, segment: StepShape): Program {
  const config = { ...settings, criticSteps: 1 }
  const { resolution, phase, batch } = segment
  const [gSpecs, dSpecs] = parametersOf(config, segment)
  return {
    name: `gradients ${resolution} px ${phase}, batch ${batch}, ${config.loss}`,
    state: {
      ...prefixed('generator', gSpecs),
      ...prefixed('discriminator', dSpecs),
    },
    inputs: contestInputs(config, segment),
    run(state, inputs) {
      const game = openGame(config, segment, state, inputs)
      const d = game.playDiscriminator()
      const g = game.playGenerator(part(state, 'discriminator', dSpecs), d)
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

/**
 * The two players on the inputs of one update of each, which they go through one micro-batch after the other: losses and scores are
 * means over pictures, so a batch's are the sums of its micro-batches' shares, and so are the gradients.
 */
function openGame(config: TrainConfig, segment: StepShape, state: Tensors, inputs: Tensors) {
  const [gSpecs, dSpecs] = parametersOf(config, segment)
  const generator = part(state, 'generator', gSpecs)
  const discriminator = part(state, 'discriminator', dSpecs)
  const group = groupSize(segment.batch, config.minibatchGroup)
  const perPicture = Object.keys(pictureInputs(config, segment))
  const parts = microBatches(inputs, perPicture, segment, group)
  const share = 1 / parts.length
  const statistics = new RunningStatistics()
  const match = (own: Tensors) =>
    openMatch({ ...config, minibatchGroup: group }, segment, generator, own, share, statistics.note)
  return {
    /** Of the fakes, once the discriminator has played. */
    statistics,
    playDiscriminator: (): Round =>
      playInTurn(parts, perPicture, null, (own) => match(own).playDiscriminator(discriminator)),
    playGenerator: (trained: Tensors, before: Round): Round =>
      playInTurn(parts, perPicture, before, (own) => match(own).playGenerator(trained)),
  }
}

type Game = ReturnType<typeof openGame>

/** One micro-batch of the game, which is `share` of the batch. */
function openMatch(
  config: TrainConfig,
  segment: StepShape,
  generator: Tensors,
  inputs: Tensors,
  share: number,
  note: NoteStatistics,
) {
  const alpha = alphaFrom(inputs)
  const labels = labelsFrom(config, inputs)
  const draw = (by: Tensors, noted?: NoteStatistics) => {
    const norm = trainingNorm(config, by, noted)
    return generate(by, inputs['latents'] as Tensor2D, segment, alpha, labels, { norm })
  }
  const scoring =
    (by: Tensors): Score =>
    (images, count) => {
      const minibatches = { count, group: config.minibatchGroup }
      return discriminate(by, images, segment, alpha, minibatches, repeated(labels, count))
    }
  const augment = augmentBy(config.augment, inputs)
  const shareOf = (mean: Scalar): Scalar => (share === 1 ? mean : tf.mul(mean, share))
  return {
    playDiscriminator(discriminator: Tensors): Round {
      const contest: Contest = {
        reals: realsFrom(inputs, alpha),
        fakes: draw(generator, note),
        augment,
        mix: (inputs['mix'] as Tensor4D | undefined) ?? null,
      }
      const { loss, gradients } = gradientsOf(discriminator, (by) =>
        shareOf(discriminatorLoss(config, scoring(by), contest)),
      )
      const { real, fake } = scoresOf(scoring(discriminator), contest)
      const [realScore, fakeScore] = [real, fake].map((scores) => shareOf(tf.mean(scores)))
      // As the scores, of the same work as the loss, which compiling merges.
      const penalty = gradientPenalty(config, scoring(discriminator), contest)
      const outputs = {
        discriminatorLoss: loss,
        realScore,
        fakeScore,
        ...(penalty && { gradientPenalty: shareOf(penalty) }),
      }
      return { gradients, outputs: outputs as Tensors }
    },
    /** Draws the fakes once more; in a batch of one part they are the same values, which compiling merges. */
    playGenerator(discriminator: Tensors): Round {
      const score = scoring(discriminator)
      const { loss, gradients } = gradientsOf(generator, (by) =>
        shareOf(generatorLoss(config, score(augment.fakes(draw(by)), 1))),
      )
      return { gradients, outputs: { generatorLoss: loss } }
    },
  }
}

/** A loss and its gradients by the named tensors. */
function gradientsOf(
  at: Tensors,
  lossOf: (by: Tensors) => Scalar,
): { loss: Tensor; gradients: Tensors } {
  const names = Object.keys(at)
  const named = (tensors: Tensor[]) =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))
  const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => lossOf(named(tensors)))(
    Object.values(at),
  )
  return { loss: value, gradients: named(grads) }
}

/** A network's weights and moments after an update that follows `gradients`. */
function updated(
  network: Network,
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

function gradientOutputs(network: Network, gradients: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [`grad/${network}/${name}`, gradient]),
  )
}

function parametersOf(config: TrainConfig, { resolution, phase }: NetworkShape) {
  return [
    generatorParameters(config, resolution, phase),
    discriminatorParameters(config, resolution, phase),
  ] as const
}
