import type { TrainConfig } from '../../shared/domain/trainConfig'
import { drawLevels, Gauge, type GaugeShape, type RandomNumbers } from '../quality/gauge'
import { randomStream } from './random'

/**
 * Everything random in a measurement of quality follows from this alone: measurements of one run, and of runs with the
 * same pictures, differ by their samples and by nothing else.
 */
const SEED = 1

const randomNumbers: RandomNumbers = (purpose) => randomStream(SEED, `quality/${purpose}`, 0)

/** The gauge for pictures of a shape. */
export function gaugeFor(shape: GaugeShape): Gauge {
  return new Gauge(shape, drawLevels(shape, randomNumbers))
}

/** Latents of the samples that are measured: [count, latentSize]. */
export function qualityLatents({ latentSize }: TrainConfig, count: number): Float32Array {
  return randomStream(SEED, 'quality/latents', 0).normals(count * latentSize)
}

/**
 * Numbers of the `count` pictures, of `available`, that samples are compared with. Where there are fewer they come again,
 * for other neighbourhoods are taken of them then.
 */
export function comparedPictures(available: number, count: number): Uint32Array {
  const order = randomStream(SEED, 'quality/pictures', 0).permutation(available)
  return Uint32Array.from({ length: count }, (_, i) => order[i % available]!)
}
