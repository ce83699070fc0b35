import type { Segment } from '../../shared/schedule'
import { alphaAt } from '../../shared/schedule'
import type { Values } from '../runtime/engine'
import { encodeWebp, tileSheet } from '../pictures/encode'
import type { Progress } from './checkpoint'
import { randomStream } from './random'
import { Sampler } from './sampler'
import type { Training } from './training'

const COLUMNS = 8
const ROWS = 6

/** Draws and records the run's mosaics of one segment: always the same latents, so that change can be watched. */
export class Mosaics implements AsyncDisposable {
  readonly #training: Training
  readonly #segment: Segment
  readonly #sampler: Sampler
  readonly #latents: Float32Array

  private constructor(training: Training, segment: Segment, sampler: Sampler) {
    const { seed, latentSize } = training.config
    this.#training = training
    this.#segment = segment
    this.#sampler = sampler
    this.#latents = randomStream(seed, 'mosaic', 0).normals(COLUMNS * ROWS * latentSize)
  }

  static async create(training: Training, segment: Segment): Promise<Mosaics> {
    return new Mosaics(
      training,
      segment,
      await Sampler.create(training.engine, training.config, segment),
    )
  }

  /** The mosaic of a run that has not taken a step: something to look at from the first second. */
  async drawFirst(progress: Progress): Promise<void> {
    if (progress.imagesSeen === 0) await this.draw(progress.state, 0)
  }

  /** Draws with the moving-average weights of `state` and records the mosaic; an interim one until the next comes. */
  async draw(state: Values, imagesSeen: number, { interim = false } = {}): Promise<void> {
    const { config, journal } = this.#training
    const alpha = alphaAt(this.#segment, imagesSeen)
    await this.#sampler.setWeights(state)
    const images = await this.#sampler.draw(this.#latents, alpha)
    const { resolution } = this.#segment
    const sheet = tileSheet(images, { resolution, channels: config.channels, columns: COLUMNS })
    journal.record({
      kind: 'mosaic',
      imagesSeen,
      resolution,
      alpha,
      columns: COLUMNS,
      rows: ROWS,
      ...(interim && { interim }),
      webp: await encodeWebp(sheet.pixels, sheet.width, sheet.height, sheet.channels),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sampler[Symbol.asyncDispose]()
  }
}
