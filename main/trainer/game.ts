import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import { groupSize } from '../../shared/domain/minibatchGroup'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Tensors } from '../runtime/engine'
import { augmentBy } from './augment'
import {
  discriminatorLoss,
  generatorLoss,
  gradientPenalty,
  scoresOf,
  type Contest,
  type Score,
} from './losses'
import { microBatches, playInTurn, type Round } from './microBatches'
import { discriminate, generate } from './networks'
import { part } from './networkTensors'
import { RunningStatistics, trainingNorm, type NoteStatistics } from './norms'
import { networkParameters } from './parameters'
import {
  alphaFrom,
  labelsFrom,
  pictureInputs,
  realsFrom,
  repeated,
  type StepShape,
} from './stepInputs'

/**
 * The two players on the inputs of one update of each, which they go through one micro-batch after the other: losses and scores are
 * means over pictures, so a batch's are the sums of its micro-batches' shares, and so are the gradients.
 */
export function openGame(config: TrainConfig, segment: StepShape, state: Tensors, inputs: Tensors) {
  const specs = networkParameters(config, segment)
  const generator = part(state, 'generator', specs.generator)
  const discriminator = part(state, 'discriminator', specs.discriminator)
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

/** See {@link openGame}. */
export type Game = ReturnType<typeof openGame>

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
