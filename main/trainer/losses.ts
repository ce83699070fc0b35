import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { lerp } from './fade'

/** Scores [n, 1] of pictures [n, r, r, c] that hold `minibatches` minibatches one after the other. */
export type Score = (images: Tensor4D, minibatches: number) => Tensor2D

/** What the discriminator's pictures go through on their way to it; reals and fakes have random numbers of their own. */
export type Augment = Readonly<Record<'reals' | 'fakes', (images: Tensor4D) => Tensor4D>>

/** The pictures of one discriminator update: reals and fakes of one shape, and wgan-gp's mixing weights. */
export type Contest = {
  readonly reals: Tensor4D
  readonly fakes: Tensor4D
  readonly augment: Augment
  /** [n, 1, 1, 1] in [0, 1): 0 takes the real, 1 the fake; null for losses that mix nothing. */
  readonly mix: Tensor4D | null
}

/** Scores of the real pictures and of the fakes, from one pass over both; each half is a minibatch of its own. */
export function scoresOf(
  score: Score,
  { reals, fakes, augment }: Contest,
): { real: Tensor2D; fake: Tensor2D } {
  const n = reals.shape[0]
  const both = score(tf.concat([augment.reals(reals), augment.fakes(fakes)], 0), 2)
  return { real: tf.slice(both, [0, 0], [n, 1]), fake: tf.slice(both, [n, 0], [n, 1]) }
}

/**
 * What the discriminator minimises.
 * - `wgan-gp`: `mean(D(fake)) - mean(D(real)) + w mean((|grad D(mixed)| - 1)^2) + drift mean(D(real)^2)`
 *   (section A.1; Gulrajani et al. 2017, equation 3).
 * - `logistic`: `mean(softplus(D(fake)) + softplus(-D(real)))` (Goodfellow et al. 2014, equation 1).
 * - `logistic-r1`: that plus `gamma / 2 mean(|grad D(real)|^2)` (Mescheder et al. 2018, equation 9).
 *
 * With augmentation T (Zhao et al. 2020, equations 2 and 3) every D is D of T. Wgan-gp's penalty then lies between the
 * pictures that D compares, T(real) and T(fake); R1 is the slope of the whole D(T(real)) at the real picture.
 */
export function discriminatorLoss(config: TrainConfig, score: Score, contest: Contest): Scalar {
  const { real, fake } = scoresOf(score, contest)
  if (config.loss === 'wgan-gp') {
    const distance = tf.mean(tf.sub(fake, real)) as Scalar
    const drift = tf.mul(tf.mean(tf.square(real)), config.driftWeight)
    return tf.add(tf.add(distance, mixedPenalty(config, score, contest)), drift)
  }
  const logistic = tf.mean(tf.add(tf.softplus(fake), tf.softplus(tf.neg(real)))) as Scalar
  if (config.loss === 'logistic') return logistic
  return tf.add(logistic, r1Penalty(config, score, contest))
}

/** The gradient's part of {@link discriminatorLoss}, weight included; null for a loss that has none. */
export function gradientPenalty(
  config: TrainConfig,
  score: Score,
  contest: Contest,
): Scalar | null {
  switch (config.loss) {
    case 'wgan-gp':
      return mixedPenalty(config, score, contest)
    case 'logistic-r1':
      return r1Penalty(config, score, contest)
    case 'logistic':
      return null
  }
}

/**
 * What the generator minimises, of the scores [n, 1] of its pictures: `-mean(D)` for wgan-gp, else the
 * non-saturating `mean(softplus(-D))` (Goodfellow et al. 2014, section 3).
 */
export function generatorLoss(config: TrainConfig, scores: Tensor2D): Scalar {
  const wanted = config.loss === 'wgan-gp' ? tf.neg(scores) : tf.softplus(tf.neg(scores))
  return tf.mean(wanted) as Scalar
}

function r1Penalty(config: TrainConfig, score: Score, { reals, augment }: Contest): Scalar {
  const squares = squaredGradient((images, count) => score(augment.reals(images), count), reals)
  return tf.mul(tf.mean(squares), config.r1Gamma / 2)
}

function mixedPenalty(config: TrainConfig, score: Score, contest: Contest): Scalar {
  const { reals, fakes, mix, augment } = contest
  if (mix === null) throw new Error('The loss wgan-gp needs its mixing weights.')
  const mixed = lerp(augment.reals(reals), augment.fakes(fakes), mix)
  // The square root's slope at 0 is infinite.
  const squares = tf.add(squaredGradient(score, mixed), 1e-8)
  const excess = tf.sub(tf.sqrt(squares), 1)
  return tf.mul(tf.mean(tf.square(excess)), config.gradientPenaltyWeight)
}

/** Squared length [n] of each picture's gradient of its score. */
function squaredGradient(score: Score, images: Tensor4D): tf.Tensor1D {
  const gradient = tf.grad((x) => tf.sum(score(x as Tensor4D, 1)))(images)
  return tf.sum(tf.square(gradient), [1, 2, 3])
}
