import { explained } from '../../shared/domain/explanation'
import type { CheckpointInfo } from '../../shared/domain/run'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Position } from '../../shared/schedule'
import { tileSheet, type Pixels } from '../pictures/encode'
import type { Engine } from '../runtime/engine'
import type { LoadedCheckpoint } from '../store/runFile'
import { shapeOf } from '../trainer/checkpoint'
import { mosaicPlan } from '../trainer/mosaics'
import { Sampler } from '../trainer/sampler'

/** A fade that a checkpoint lies in (its end included); null for one of a stable phase. */
export function fadeOf(config: TrainConfig, info: CheckpointInfo): Position | null {
  const shape = shapeOf(config, info)
  return shape.phase === 'fade' && info.imagesSeen > shape.start ? shape : null
}

/** The generator of a checkpoint inside a fade, ready to draw its fixed latents at any weight of the fade. */
export class FadePaths implements AsyncDisposable {
  readonly position: Position
  readonly #config: TrainConfig
  readonly #sampler: Sampler
  readonly #count: number

  private constructor(config: TrainConfig, position: Position, sampler: Sampler, count: number) {
    this.#config = config
    this.position = position
    this.#sampler = sampler
    this.#count = count
  }

  /** Compiles the generator and takes the checkpoint's moving-average weights; `count` pictures, at most a mosaic's. */
  static async create(
    engine: Engine,
    config: TrainConfig,
    { info, tensors }: LoadedCheckpoint,
    count: number,
  ): Promise<FadePaths> {
    const position = fadeOf(config, info)
    if (position === null) throw explained('no_fade_there', { images: info.imagesSeen })
    const sampler = await Sampler.create(engine, config, position)
    await sampler.setWeights(
      Object.fromEntries([...tensors].map(([name, tensor]) => [name, tensor.values])),
    )
    return new FadePaths(config, position, sampler, count)
  }

  /** The first tiles of the run's mosaics, in one row, with the fade's weight at `alpha`: 0 is the old path, 1 the new. */
  async draw(alpha: number): Promise<Pixels> {
    const { channels, latentSize } = this.#config
    const count = this.#count
    const plan = mosaicPlan(this.#config)
    const columns = plan.latents.length / latentSize / plan.rows
    const labels = Array.from(
      { length: count },
      (_, i) => plan.rowClasses?.[Math.floor(i / columns)] ?? 0,
    )
    const latents = plan.latents.subarray(0, count * latentSize)
    const images = await this.#sampler.draw(latents, alpha, { labels })
    const { resolution } = this.position
    return tileSheet(images, { resolution, channels, columns: count })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sampler[Symbol.asyncDispose]()
  }
}

/** Each row's class by number as a run's mosaics have it; null without classes. */
export function mosaicRowClasses(config: TrainConfig): readonly number[] | null {
  return mosaicPlan(config).rowClasses
}
