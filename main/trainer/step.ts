import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { groupSize } from '../../shared/domain/minibatchGroup'
import type { Segment } from '../../shared/schedule'
import type { Program, TensorSpec, Tensors } from '../runtime/engine'
import { augmentBy, augmentInputs } from './augment'
import { fadeReals, mirrorSome } from './fade'
import { discriminatorLoss, generatorLoss, scoresOf, type Contest, type Score } from './losses'
import { microBatches, playInTurn, type BatchPlan, type Round } from './microBatches'
import { discriminate, generate } from './networks'
import { adam, averageDecay, movingAverage, type AdamStep } from './optimizer'
import {
  discriminatorParameters,
  equalisedScale,
  generatorParameters,
  stateSpecs,
  type NetworkShape,
  type ParameterSpec,
} from './parameters'

type Network = 'generator' | 'discriminator'

/** What decides the graph of a step. */
export type StepShape = Pick<Segment, 'resolution' | 'phase' | 'batch'> & BatchPlan

/**
 * One training step: an update of the discriminator, one of the generator on the same latents, then the moving
 * average (section 2; Adam as in section A.1).
 *
 * Inputs: `reals` uint8 [n, r, r, channels]; `latents` [n, latentSize]; `mix` [n, 1, 1, 1] in [0, 1), wgan-gp
 * only; `mirror` [n, 1, 1, 1], 1 for a real to be mirrored, else 0, if the run mirrors; `labels` [n], each real's class,
 * which its fake has too, if the run has classes; the numbers of {@link augmentInputs}; `alpha` [], fades only;
 * `learningRate` []; `adamStep` [], 1 at the phase's first step. Outputs, all scalars, of the weights before the step: `discriminatorLoss`, `realScore`, `fakeScore`; of the updated
 * discriminator: `generatorLoss`.
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
    run(state, inputs) {
      const by: AdamStep = {
        settings: config.adam,
        learningRate: inputs['learningRate'] as Scalar,
        step: inputs['adamStep'] as Scalar,
      }
      const game = openGame(config, segment, state, inputs)
      const d = game.playDiscriminator()
      const discriminator = updated('discriminator', dSpecs, state, d.gradients, by)
      const trained = part(discriminator, 'discriminator', dSpecs)
      const g = game.playGenerator(trained, d)
      const generator = updated('generator', gSpecs, state, g.gradients, by)
      const decay = averageDecay(config.emaDecay, by.step)
      const averages = gSpecs.map(({ name }) => [
        `average/${name}`,
        movingAverage(state[`average/${name}`]!, generator[`generator/${name}`]!, decay),
      ])
      return {
        state: { ...generator, ...discriminator, ...Object.fromEntries(averages) },
        outputs: { ...d.outputs, ...g.outputs },
      }
    },
  }
}

/**
 * The gradients that a training step would follow, at fixed weights: outputs `grad/discriminator/<name>` and
 * `grad/generator/<name>`, and the step's losses and scores. Unlike a step's, the
 * generator's gradient and loss are against the discriminator as it is, not as updated.
 */
export function gradientProgram(config: TrainConfig, segment: StepShape): Program {
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
 * Draws `count` pictures with the moving-average weights: state `average/<name>`, inputs `latents`
 * [count, latentSize], `labels` [count] if the run has classes and, in a fade, `alpha` []; output `images` [count, r, r, channels] in about [-1, 1].
 */
export function sampleProgram(
  config: TrainConfig,
  resolution: Segment['resolution'],
  phase: Segment['phase'],
  count: number,
): Program {
  const specs = generatorParameters(config, resolution, phase)
  return {
    name: `sample ${resolution} px ${phase}, ${count} at a time`,
    state: prefixed('average', specs),
    inputs: {
      latents: { shape: [count, config.latentSize] },
      ...labelInput(config, count),
      ...alphaInput(phase),
    },
    run(state, inputs) {
      const weights = part(state, 'average', specs)
      const latents = inputs['latents'] as Tensor2D
      const labels = labelsFrom(config, inputs)
      const images = generate(weights, latents, { resolution, phase }, alphaFrom(inputs), labels)
      return { state: {}, outputs: { images } }
    },
  }
}

/**
 * The two players on one step's inputs, which they go through one micro-batch after the other: losses and scores are
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
  const match = (own: Tensors) =>
    openMatch({ ...config, minibatchGroup: group }, segment, generator, own, share)
  return {
    playDiscriminator: (): Round =>
      playInTurn(parts, perPicture, null, (own) => match(own).playDiscriminator(discriminator)),
    playGenerator: (trained: Tensors, before: Round): Round =>
      playInTurn(parts, perPicture, before, (own) => match(own).playGenerator(trained)),
  }
}

/** One micro-batch of the game, which is `share` of the batch. */
function openMatch(
  config: TrainConfig,
  segment: StepShape,
  generator: Tensors,
  inputs: Tensors,
  share: number,
) {
  const alpha = alphaFrom(inputs)
  const labels = labelsFrom(config, inputs)
  const draw = (by: Tensors) => generate(by, inputs['latents'] as Tensor2D, segment, alpha, labels)
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
        fakes: draw(generator),
        augment,
        mix: (inputs['mix'] as Tensor4D | undefined) ?? null,
      }
      const { loss, gradients } = gradientsOf(discriminator, (by) =>
        shareOf(discriminatorLoss(config, scoring(by), contest)),
      )
      const { real, fake } = scoresOf(scoring(discriminator), contest)
      const [realScore, fakeScore] = [real, fake].map((scores) => shareOf(tf.mean(scores)))
      return { gradients, outputs: { discriminatorLoss: loss, realScore, fakeScore } as Tensors }
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

function contestInputs(config: TrainConfig, segment: StepShape): Record<string, TensorSpec> {
  return { ...pictureInputs(config, segment), ...alphaInput(segment.phase) }
}

/** The inputs that have a row for each picture of the batch. */
function pictureInputs(config: TrainConfig, segment: StepShape): Record<string, TensorSpec> {
  const { resolution, batch } = segment
  return {
    reals: { shape: [batch, resolution, resolution, config.channels], type: 'uint8' },
    latents: { shape: [batch, config.latentSize] },
    ...(config.loss === 'wgan-gp' && { mix: { shape: [batch, 1, 1, 1] } }),
    ...(config.mirror && { mirror: { shape: [batch, 1, 1, 1] } }),
    ...labelInput(config, batch),
    ...augmentInputs(config.augment, batch),
  }
}

/** Real pictures in [-1, 1], mirrored and faded as the step's inputs say. */
function realsFrom(inputs: Tensors, alpha: Scalar | null): Tensor4D {
  const pixels: Tensor4D = tf.sub(tf.mul(inputs['reals'] as Tensor4D, 2 / 255), 1)
  const mirror = inputs['mirror'] as Tensor4D | undefined
  const seen = mirror === undefined ? pixels : mirrorSome(pixels, mirror)
  return alpha === null ? seen : fadeReals(seen, alpha)
}

function labelInput({ classes }: TrainConfig, count: number): Record<string, TensorSpec> {
  return classes === null ? {} : { labels: { shape: [count] } }
}

/** The step's classes [n] as [n, classes] with a one at each; null for a run without. */
function labelsFrom({ classes }: TrainConfig, inputs: Tensors): Tensor2D | null {
  if (classes === null) return null
  const numbers = tf.tensor2d(
    classes.map((_, i) => i),
    [1, classes.length],
  )
  return tf.cast(tf.equal(tf.reshape(inputs['labels']!, [-1, 1]), numbers), 'float32')
}

/** The labels of `count` minibatches of the same classes, one after the other. */
function repeated(labels: Tensor2D | null, count: number): Tensor2D | null {
  return labels === null || count === 1 ? labels : tf.concat(Array<Tensor2D>(count).fill(labels), 0)
}

function alphaInput(phase: Segment['phase']): Record<string, TensorSpec> {
  return phase === 'fade' ? { alpha: { shape: [] } } : {}
}

function alphaFrom(inputs: Tensors): Scalar | null {
  return (inputs['alpha'] as Scalar | undefined) ?? null
}

function parametersOf(config: TrainConfig, { resolution, phase }: NetworkShape) {
  return [
    generatorParameters(config, resolution, phase),
    discriminatorParameters(config, resolution, phase),
  ] as const
}

function prefixed(prefix: string, specs: readonly ParameterSpec[]): Record<string, TensorSpec> {
  return Object.fromEntries(specs.map(({ name, shape }) => [`${prefix}/${name}`, { shape }]))
}

/** The tensors of one network out of a state, by parameter name. */
function part(state: Tensors, prefix: string, specs: readonly ParameterSpec[]): Tensors {
  return Object.fromEntries(specs.map(({ name }) => [name, state[`${prefix}/${name}`]!]))
}
