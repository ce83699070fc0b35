import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Position } from '../../shared/schedule'
import type { Engine, Session, Values } from '../runtime/engine'
import { sampleProgram } from './sampleProgram'

/** Latents of one engine call: enough to use every core, little enough to answer a cancel soon. */
const CALL_SIZE = 16

/** Draws pictures from the moving-average generator at one resolution and phase. */
export class Sampler implements AsyncDisposable {
  readonly #config: TrainConfig
  readonly #position: Pick<Position, 'resolution' | 'phase'>
  readonly #session: Session

  private constructor(
    config: TrainConfig,
    position: Pick<Position, 'resolution' | 'phase'>,
    session: Session,
  ) {
    this.#config = config
    this.#position = position
    this.#session = session
  }

  /** Builds the generator's graph. `position` tells the resolution and whether new layers are fading in. */
  static async create(
    engine: Engine,
    config: TrainConfig,
    position: Pick<Position, 'resolution' | 'phase'>,
  ): Promise<Sampler> {
    const program = sampleProgram(config, position.resolution, position.phase, CALL_SIZE)
    return new Sampler(config, position, await engine.load(program))
  }

  /** Takes the weights to draw with: at least every `average/...` tensor of the position's state. */
  async setWeights(state: Values): Promise<void> {
    const averages = Object.entries(state).filter(([name]) => name.startsWith('average/'))
    await this.#session.setState(Object.fromEntries(averages))
  }

  /**
   * Pictures [n, R, R, C] in about [-1, 1] for latents [n, latentSize] and, in a run with classes, each one's class in
   * `labels` (the first class where left out). Says after each call how many are
   * drawn; throws the signal's reason once it is aborted.
   */
  async draw(
    latents: Float32Array,
    alpha: number,
    options: {
      labels?: readonly number[]
      onProgress?: (drawn: number) => void
      signal?: AbortSignal
    } = {},
  ): Promise<Float32Array> {
    const { latentSize, channels, classes } = this.#config
    const count = latents.length / latentSize
    const pictureSize = this.#position.resolution ** 2 * channels
    const images = new Float32Array(count * pictureSize)
    for (let from = 0; from < count; from += CALL_SIZE) {
      options.signal?.throwIfAborted()
      const call = new Float32Array(CALL_SIZE * latentSize)
      call.set(latents.subarray(from * latentSize, (from + CALL_SIZE) * latentSize))
      const fade = this.#position.phase === 'fade' && { alpha: Float32Array.of(alpha) }
      const labels = Float32Array.from(
        { length: CALL_SIZE },
        (_, i) => options.labels?.[from + i] ?? 0,
      )
      const inputs = { latents: call, ...(classes !== null && { labels }), ...fade }
      const [outputs] = await this.#session.run([inputs])
      const drawn = Math.min(CALL_SIZE, count - from)
      images.set(outputs!.images!.subarray(0, drawn * pictureSize), from * pictureSize)
      options.onProgress?.(from + drawn)
    }
    return images
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]()
  }
}
