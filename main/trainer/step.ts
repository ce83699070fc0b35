import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Segment } from '../../shared/schedule'
import type { Program, TensorSpec, Tensors } from '../runtime/engine'
import { fadeReals } from './fade'
import { discriminatorLoss, generatorLoss, scoresOf, type Contest, type Score } from './losses'
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
export type StepShape = Pick<Segment, 'resolution' | 'phase' | 'batch'>

/**
 * One training step: an update of the discriminator, one of the generator on the same latents, then the moving
 * average (section 2; Adam as in section A.1).
 *
 * Inputs: `reals` uint8 [n, r, r, channels]; `latents` [n, latentSize]; `mix` [n, 1, 1, 1] in [0, 1), wgan-gp
 * only; `alpha` [], fades only; `learningRate` []; `adamStep` [], 1 at the phase's first step. Outputs, all
 * scalars, of the weights before the step: `discriminatorLoss`, `realScore`, `fakeScore`; of the updated
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
      const d = game.discriminatorGradients(game.weights.discriminator)
      const discriminator = updated('discriminator', dSpecs, state, d.gradients, by)
      const trained = part(discriminator, 'discriminator', dSpecs)
      const g = game.generatorGradients(trained)
      const generator = updated('generator', gSpecs, state, g.gradients, by)
      const decay = averageDecay(config.emaDecay, by.step)
      const averages = gSpecs.map(({ name }) => [
        `average/${name}`,
        movingAverage(state[`average/${name}`]!, generator[`generator/${name}`]!, decay),
      ])
      return {
        state: { ...generator, ...discriminator, ...Object.fromEntries(averages) },
        outputs: { ...game.scores(), discriminatorLoss: d.loss, generatorLoss: g.loss },
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
      const d = game.discriminatorGradients(game.weights.discriminator)
      const g = game.generatorGradients(game.weights.discriminator)
      return {
        state: {},
        outputs: {
          ...gradientOutputs('generator', g.gradients),
          ...gradientOutputs('discriminator', d.gradients),
          ...game.scores(),
          discriminatorLoss: d.loss,
          generatorLoss: g.loss,
        },
      }
    },
  }
}

/**
 * Draws `count` pictures with the moving-average weights: state `average/<name>`, inputs `latents`
 * [count, latentSize] and, in a fade, `alpha` []; output `images` [count, r, r, channels] in about [-1, 1].
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
    inputs: { latents: { shape: [count, config.latentSize] }, ...alphaInput(phase) },
    run(state, inputs) {
      const weights = part(state, 'average', specs)
      const latents = inputs['latents'] as Tensor2D
      const images = generate(weights, latents, { resolution, phase }, alphaFrom(inputs))
      return { state: {}, outputs: { images } }
    },
  }
}

/** The two players on one step's inputs. */
function openGame(config: TrainConfig, segment: StepShape, state: Tensors, inputs: Tensors) {
  const [gSpecs, dSpecs] = parametersOf(config, segment)
  const weights = {
    generator: part(state, 'generator', gSpecs),
    discriminator: part(state, 'discriminator', dSpecs),
  }
  const alpha = alphaFrom(inputs)
  const draw = (by: Tensors) => generate(by, inputs['latents'] as Tensor2D, segment, alpha)
  const scoring =
    (by: Tensors): Score =>
    (images, count) =>
      discriminate(by, images, segment, alpha, { count, group: config.minibatchGroup })
  const pixels: Tensor4D = tf.sub(tf.mul(inputs['reals'] as Tensor4D, 2 / 255), 1)
  const contest: Contest = {
    reals: alpha === null ? pixels : fadeReals(pixels, alpha),
    fakes: draw(weights.generator),
    mix: (inputs['mix'] as Tensor4D | undefined) ?? null,
  }
  return {
    weights,
    scores() {
      const { real, fake } = scoresOf(scoring(weights.discriminator), contest)
      return { realScore: tf.mean(real), fakeScore: tf.mean(fake) }
    },
    discriminatorGradients: (at: Tensors) =>
      gradientsOf(at, (by) => discriminatorLoss(config, scoring(by), contest)),
    /** Draws the fakes once more, from the same weights and latents: the same values, which compiling merges. */
    generatorGradients: (discriminator: Tensors) =>
      gradientsOf(weights.generator, (by) =>
        generatorLoss(config, scoring(discriminator)(draw(by), 1)),
      ),
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
  const { resolution, phase, batch } = segment
  return {
    reals: { shape: [batch, resolution, resolution, config.channels], type: 'uint8' },
    latents: { shape: [batch, config.latentSize] },
    ...(config.loss === 'wgan-gp' && { mix: { shape: [batch, 1, 1, 1] } }),
    ...alphaInput(phase),
  }
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
