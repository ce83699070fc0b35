import { explained } from '../../shared/domain/explanation'
import type { LatentPath, LatentPoint, Sample } from '../../shared/domain/sample'
import { EPSILON } from '../trainer/norms'
import { randomStream } from '../trainer/random'

/** The latent of a seed, standard normal: the one that every sheet, gallery and export draws for it. */
export function seedLatent(seed: number, latentSize: number): Float32Array {
  return randomStream(seed, 'samples', 0).normals(latentSize)
}

/** The class of a sample by number; null in a run without classes. Throws for a class that the run does not have. */
export function classOf(
  classes: readonly string[] | null,
  { seed, className }: Sample,
): number | null {
  if (classes === null) {
    if (className === null) return null
    throw explained('no_classes', { name: className })
  }
  if (className === null) return seed % classes.length
  const label = classes.indexOf(className)
  if (label === -1) {
    throw explained('no_such_class', { name: className, classes: classes.join(', ') })
  }
  return label
}

/** The vector at a mean square of 1: where PixelNorm, the generator's first step, puts a latent. */
export function onSphere(latent: Float32Array): Float32Array {
  const scale = 1 / Math.sqrt(meanSquare(latent))
  return latent.map((value) => value * scale)
}

/**
 * The point `share` (0 to 1) of the way between two points on the sphere. `spherical`: along the great circle at
 * constant speed (Shoemake 1985). `linear`: straight, so that the mean square sinks below 1 on the way.
 */
export function between(
  from: Float32Array,
  to: Float32Array,
  share: number,
  path: LatentPath,
): Float32Array {
  const [a, b] = path === 'linear' ? [1 - share, share] : arcWeights(from, to, share)
  return from.map((value, i) => a * value + b * to[i]!)
}

/** Weights of both ends of an arc; those of the straight line where the ends are one or opposite. */
function arcWeights(from: Float32Array, to: Float32Array, share: number): [number, number] {
  let dot = 0
  for (let i = 0; i < from.length; i++) dot += from[i]! * to[i]!
  const angle = Math.acos(Math.min(1, Math.max(-1, dot / from.length)))
  const sine = Math.sin(angle)
  if (sine < 1e-4) return [1 - share, share]
  return [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine]
}

/**
 * The latent that the generator's PixelNorm turns into `truncation * point`, for a point in the ball (mean square at
 * most 1).
 *
 * Scaling a latent does nothing, since PixelNorm divides by its length again. What is scaled is the vector behind it,
 * which the first dense layer W v + b reads. Latents lie evenly on the sphere, so the mean of W v + b over all of them
 * is b: scaling v by t moves that layer's values to the share t of their way from the mean, as StyleGAN's truncation
 * does in its own latent space. (In a run with classes the class's part of v stays whole, so each class has a mean of
 * its own.) No second network is needed for it: PixelNorm divides by sqrt(m + epsilon), m the mean square, so a latent
 * at s times the point, s = t sqrt(epsilon / (1 - t^2 m)), comes out at t times the point.
 */
export function latentOf(point: Float32Array, truncation: number): Float32Array {
  const left = 1 - truncation ** 2 * meanSquare(point)
  if (left < 1e-6) return point
  const scale = truncation * Math.sqrt(EPSILON / left)
  return point.map((value) => value * scale)
}

/** Latents [n, latentSize] of points, and their shares of each class [n, classes]. */
export function latentsOf(
  { latentSize, classes }: { latentSize: number; classes: readonly string[] | null },
  points: readonly LatentPoint[],
  truncation: number,
): { latents: Float32Array; classShares: Float32Array } {
  const latents = new Float32Array(points.length * latentSize)
  const width = classes?.length ?? 0
  const classShares = new Float32Array(points.length * width)
  const addClass = (row: number, sample: Sample, share: number) => {
    const label = classOf(classes, sample)
    if (label !== null) classShares[row * width + label]! += share
  }
  points.forEach((point, row) => {
    latents.set(pointLatent(point, latentSize, truncation), row * latentSize)
    if (point.kind === 'sample') return addClass(row, point, 1)
    addClass(row, point.from, 1 - point.share)
    addClass(row, point.to, point.share)
  })
  return { latents, classShares }
}

function pointLatent(point: LatentPoint, latentSize: number, truncation: number): Float32Array {
  if (point.kind === 'sample') {
    const latent = seedLatent(point.seed, latentSize)
    // As it is drawn: what PixelNorm makes of it has the same bits as in training.
    return truncation === 1 ? latent : latentOf(onSphere(latent), truncation)
  }
  const [from, to] = [point.from, point.to].map(({ seed }) =>
    onSphere(seedLatent(seed, latentSize)),
  )
  return latentOf(between(from!, to!, point.share, point.path), truncation)
}

function meanSquare(values: Float32Array): number {
  let sum = 0
  for (const value of values) sum += value * value
  return sum / values.length
}
