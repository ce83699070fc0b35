import type { TrainConfig } from '../../shared/domain/trainConfig'
import { alphaAt, imagesOfStep, type Segment } from '../../shared/schedule'
import type { InputValues } from '../runtime/engine'
import type { Level } from '../store/datasetFile'
import { drawAugmentations } from './augmentDraws'
import { randomStream } from './random'

/**
 * The inputs of each step of one segment: real pictures, latents, random weights and schedule values. Each
 * follows from the run's seed and the step alone, so a resumed run sees what an uninterrupted one would.
 */
export class Minibatches {
  readonly #config: TrainConfig
  readonly #segment: Segment
  readonly #level: Level
  readonly #labels: ArrayLike<number> | null
  /** Pictures of one epoch. */
  readonly #count: number
  #epoch = -1
  #order: Uint32Array = new Uint32Array(0)

  /**
   * `level` holds the pictures at the segment's resolution and the config's channels; `labels` each picture's class, for
   * a run with classes (all are of the first where left out).
   */
  constructor(
    config: TrainConfig,
    segment: Segment,
    level: Level,
    labels: ArrayLike<number> | null = null,
  ) {
    this.#config = config
    this.#segment = segment
    this.#level = level
    this.#labels = labels
    this.#count = Math.min(config.pictures ?? level.count, level.count)
  }

  /** Inputs of the step that begins when `imagesSeen` images (whole steps into the segment) were seen. */
  inputsAt(imagesSeen: number, step: number): InputValues {
    const { seed, latentSize, loss, mirror, augment, classes } = this.#config
    const { phase, start, learningRate, resolution } = this.#segment
    const count = imagesOfStep(this.#config, this.#segment)
    const pictures = new Uint32Array(count)
    for (let i = 0; i < count; i++) pictures[i] = this.#pictureAt(imagesSeen + i)
    const uniforms = (stream: string) => randomStream(seed, stream, step).uniforms(count)
    return {
      reals: this.#pixelsOf(pictures),
      latents: randomStream(seed, 'latents', step).normals(count * latentSize),
      ...(loss === 'wgan-gp' && { mix: uniforms('mix') }),
      ...(mirror && { mirror: uniforms('mirror').map((coin) => (coin < 0.5 ? 1 : 0)) }),
      ...(classes !== null && { labels: this.#labelsOf(pictures) }),
      ...drawAugmentations(augment, { seed, step, count, resolution }),
      ...(phase === 'fade' && { alpha: Float32Array.of(alphaAt(this.#segment, imagesSeen)) }),
      learningRate: Float32Array.of(learningRate),
      // Adam's moments are reset when a segment begins, so its bias correction counts from there.
      adamStep: Float32Array.of((imagesSeen - start) / count + 1),
    }
  }

  #pixelsOf(pictures: Uint32Array): Uint8Array {
    const { resolution, channels } = this.#level
    const pixels = new Uint8Array(pictures.length * resolution * resolution * channels)
    this.#level.read(pictures, pixels)
    return pixels
  }

  #labelsOf(pictures: Uint32Array): Float32Array {
    return Float32Array.from(pictures, (picture) => this.#labels?.[picture] ?? 0)
  }

  /** Every epoch goes through all pictures once, in an order of its own. */
  #pictureAt(imageNumber: number): number {
    const epoch = Math.floor(imageNumber / this.#count)
    if (epoch !== this.#epoch) {
      this.#order = randomStream(this.#config.seed, 'order', epoch).permutation(this.#count)
      this.#epoch = epoch
    }
    return this.#order[imageNumber % this.#count]!
  }
}
