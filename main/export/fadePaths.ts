import type { CheckpointInfo } from '../../shared/domain/run'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Position } from '../../shared/schedule'
import { tileSheet, type Pixels } from '../pictures/encode'
import type { Engine, Session } from '../runtime/engine'
import type { LoadedCheckpoint } from '../store/runFile'
import { shapeOf } from '../trainer/checkpoint'
import { mosaicPlan } from '../trainer/mosaics'
import { sampleProgram } from '../trainer/step'

/** A fade that a checkpoint lies in (its end included); null for one of a stable phase. */
export function fadeOf(config: TrainConfig, info: CheckpointInfo): Position | null {
  const shape = shapeOf(config, info)
  return shape.phase === 'fade' && info.imagesSeen > shape.start ? shape : null
}

/** The generator of a checkpoint inside a fade, ready to draw its fixed latents at any weight of the fade. */
export class FadePaths implements AsyncDisposable {
  readonly position: Position
  readonly #config: TrainConfig
  readonly #session: Session
  readonly #count: number

  private constructor(config: TrainConfig, position: Position, session: Session, count: number) {
    this.#config = config
    this.position = position
    this.#session = session
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
    if (position === null)
      throw new Error(`The checkpoint at ${info.imagesSeen} images is in no fade.`)
    const session = await engine.load(sampleProgram(config, position.resolution, 'fade', count))
    await session.setState(
      Object.fromEntries(session.stateNames.map((name) => [name, tensors.get(name)!.values])),
    )
    return new FadePaths(config, position, session, count)
  }

  /** The first tiles of the run's mosaics, in one row, with the fade's weight at `alpha`: 0 is the old path, 1 the new. */
  async draw(alpha: number): Promise<Pixels> {
    const { channels, latentSize, classes } = this.#config
    const count = this.#count
    const plan = mosaicPlan(this.#config)
    const columns = plan.latents.length / latentSize / plan.rows
    const labels = Float32Array.from(
      { length: count },
      (_, i) => plan.rowClasses?.[Math.floor(i / columns)] ?? 0,
    )
    const inputs = {
      latents: plan.latents.slice(0, count * latentSize),
      ...(classes !== null && { labels }),
      alpha: Float32Array.of(alpha),
    }
    const [outputs] = await this.#session.run([inputs])
    const { resolution } = this.position
    return tileSheet(outputs!.images!, { resolution, channels, columns: count })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]()
  }
}

/** Each row's class by number as a run's mosaics have it; null without classes. */
export function mosaicRowClasses(config: TrainConfig): readonly number[] | null {
  return mosaicPlan(config).rowClasses
}
