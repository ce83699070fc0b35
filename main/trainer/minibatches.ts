import type { TrainConfig } from '../../shared/domain/trainConfig'
import { alphaAt, type Segment } from '../../shared/schedule'
import type { InputValues } from '../runtime/engine'
import type { Level } from '../store/datasetFile'
import { randomStream } from './random'

/**
 * The inputs of each step of one segment: real pictures, latents, mixing weights and schedule values. Each
 * follows from the run's seed and the step alone, so a resumed run sees what an uninterrupted one would.
 */
export class Minibatches {
  readonly #config: TrainConfig
  readonly #segment: Segment
  readonly #level: Level
  /** Pictures of one epoch. */
  readonly #count: number
  #epoch = -1
  #order: Uint32Array = new Uint32Array(0)

  /** `level` holds the pictures at the segment's resolution and the config's channels. */
  constructor(config: TrainConfig, segment: Segment, level: Level) {
    this.#config = config
    this.#segment = segment
    this.#level = level
    this.#count = Math.min(config.pictures ?? level.count, level.count)
  }

  /** Inputs of the step that begins when `imagesSeen` images (whole steps into the segment) were seen. */
  inputsAt(imagesSeen: number, step: number): InputValues {
    const { seed, latentSize, loss } = this.#config
    const { batch, phase, start, learningRate } = this.#segment
    return {
      reals: this.#reals(imagesSeen, step),
      latents: randomStream(seed, 'latents', step).normals(batch * latentSize),
      ...(loss === 'wgan-gp' && { mix: randomStream(seed, 'mix', step).uniforms(batch) }),
      ...(phase === 'fade' && { alpha: Float32Array.of(alphaAt(this.#segment, imagesSeen)) }),
      learningRate: Float32Array.of(learningRate),
      // Adam's moments are reset when a segment begins, so its bias correction counts from there.
      adamStep: Float32Array.of((imagesSeen - start) / batch + 1),
    }
  }

  #reals(imagesSeen: number, step: number): Uint8Array {
    const { resolution, channels } = this.#level
    const { batch } = this.#segment
    const indices = new Uint32Array(batch)
    for (let i = 0; i < batch; i++) indices[i] = this.#pictureAt(imagesSeen + i)
    const pixels = new Uint8Array(batch * resolution * resolution * channels)
    this.#level.read(indices, pixels)
    if (this.#config.mirror) {
      const coins = randomStream(this.#config.seed, 'mirror', step).uniforms(batch)
      const size = pixels.length / batch
      for (let i = 0; i < batch; i++) {
        if (coins[i]! < 0.5) mirror(pixels.subarray(i * size, (i + 1) * size), resolution, channels)
      }
    }
    return pixels
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

/** Mirrors one picture (rows of `width` pixels) left to right, in place. */
function mirror(pixels: Uint8Array, width: number, channels: number): void {
  for (let row = 0; row < pixels.length; row += width * channels) {
    for (let left = 0, right = width - 1; left < right; left++, right--) {
      for (let c = 0; c < channels; c++) {
        const a = row + left * channels + c
        const b = row + right * channels + c
        const kept = pixels[a]!
        pixels[a] = pixels[b]!
        pixels[b] = kept
      }
    }
  }
}
