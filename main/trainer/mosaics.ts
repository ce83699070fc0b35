import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Mosaic } from '../../shared/domain/trainEvent'
import type { Segment } from '../../shared/schedule'
import { alphaAt } from '../../shared/schedule'
import type { Values } from '../runtime/engine'
import { encodeWebp, MOST_WEBP_SIDE, tileSheet } from '../pictures/encode'
import type { Progress } from './checkpoint'
import { randomStream } from './random'
import { Sampler } from './sampler'
import type { Training } from './training'

const COLUMNS = 8
const ROWS = 6
/** More classes than this are shown in part, evenly spread; fewer where the largest pictures would not fit a file. */
const MOST_CLASS_ROWS = 16

/** What the tiles of a run's mosaics show. */
export type MosaicPlan = {
  rows: number
  /** [rows * columns, latentSize] */
  latents: Float32Array
  /** Each row's class by number; null in a run without classes. */
  rowClasses: number[] | null
}

/**
 * Always the same latents. With classes, each row is of one class, in order, and each column of one latent, so
 * that what a label changes can be seen; few classes have several rows.
 */
export function mosaicPlan({ seed, latentSize, classes, stages }: TrainConfig): MosaicPlan {
  const stream = randomStream(seed, 'mosaic', 0)
  if (classes === null) {
    return { rows: ROWS, latents: stream.normals(COLUMNS * ROWS * latentSize), rowClasses: null }
  }
  const fitting = Math.floor(MOST_WEBP_SIDE / stages.at(-1)!.resolution)
  const shown = Math.min(classes.length, MOST_CLASS_ROWS, fitting)
  const rowsEach = Math.max(1, Math.floor(ROWS / shown))
  const sets = Array.from({ length: rowsEach }, () => stream.normals(COLUMNS * latentSize))
  const rows = shown * rowsEach
  const latents = new Float32Array(rows * COLUMNS * latentSize)
  for (let row = 0; row < rows; row++) {
    latents.set(sets[row % rowsEach]!, row * COLUMNS * latentSize)
  }
  const rowClasses = Array.from({ length: rows }, (_, row) =>
    Math.floor((Math.floor(row / rowsEach) * classes.length) / shown),
  )
  return { rows, latents, rowClasses }
}

/** Draws and records the run's mosaics of one segment: always the same latents, so that change can be watched. */
export class Mosaics implements AsyncDisposable {
  readonly #training: Training
  readonly #segment: Segment
  readonly #sampler: Sampler
  readonly #plan: MosaicPlan

  private constructor(training: Training, segment: Segment, sampler: Sampler) {
    this.#training = training
    this.#segment = segment
    this.#sampler = sampler
    this.#plan = mosaicPlan(training.config)
  }

  /** Pictures of one mosaic. */
  get pictures(): number {
    return this.#plan.rows * COLUMNS
  }

  /** Draws pictures of the segment; whoever uses it gives it weights first. */
  get sampler(): Sampler {
    return this.#sampler
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
    const { rows, latents, rowClasses } = this.#plan
    const labels = rowClasses?.flatMap((label) => Array<number>(COLUMNS).fill(label))
    const images = await this.#sampler.draw(latents, alpha, labels && { labels })
    const { resolution } = this.#segment
    const sheet = tileSheet(images, { resolution, channels: config.channels, columns: COLUMNS })
    const mosaic: Mosaic = {
      kind: 'mosaic',
      imagesSeen,
      resolution,
      alpha,
      columns: COLUMNS,
      rows,
      ...(rowClasses && { rowClasses: rowClasses.map((label) => config.classes![label]!) }),
      ...(interim && { interim }),
      webp: await encodeWebp(sheet.pixels, sheet.width, sheet.height, sheet.channels),
    }
    await journal.record(mosaic)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sampler[Symbol.asyncDispose]()
  }
}
