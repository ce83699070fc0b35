import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Position } from '../../shared/schedule'
import type { Engine, Session, Values } from '../runtime/engine'
import { sampleProgram } from './sampleProgram'

/** Latents of one engine call at small sizes: enough to use every core, little enough to answer a cancel soon. */
const MOST_LATENTS = 16
/** Pixels of one engine call at large sizes, where a single picture takes a while. */
const MOST_PIXELS = 1 << 16

function callSizeFor(resolution: number): number {
  return Math.max(1, Math.min(MOST_LATENTS, Math.floor(MOST_PIXELS / resolution ** 2)))
}

/** Draws pictures from the moving-average generator at one resolution and phase. */
export class Sampler implements AsyncDisposable {
  readonly #config: TrainConfig
  readonly #position: Pick<Position, 'resolution' | 'phase'>
  readonly #session: Session
  /** Latents of one engine call. */
  readonly callSize: number

  private constructor(
    config: TrainConfig,
    position: Pick<Position, 'resolution' | 'phase'>,
    session: Session,
  ) {
    this.#config = config
    this.#position = position
    this.#session = session
    this.callSize = callSizeFor(position.resolution)
  }

  /** Builds the generator's graph. `position` tells the resolution and whether new layers are fading in. */
  static async create(
    engine: Engine,
    config: TrainConfig,
    position: Pick<Position, 'resolution' | 'phase'>,
  ): Promise<Sampler> {
    const { resolution, phase } = position
    const program = sampleProgram(config, resolution, phase, callSizeFor(resolution))
    return new Sampler(config, position, await engine.load(program))
  }

  /** Takes the weights to draw with: at least every `average/...` tensor of the position's state. */
  async setWeights(state: Values): Promise<void> {
    const averages = Object.entries(state).filter(([name]) => name.startsWith('average/'))
    await this.#session.setState(Object.fromEntries(averages))
  }

  /**
   * Pictures [n, R, R, C] in about [-1, 1] for latents [n, latentSize] and, in a run with classes, each one's class in
   * `labels` (the first class where left out) or its shares of all classes in `classShares` [n, classes]. Says after
   * each call how many are drawn; throws the signal's reason once it is aborted.
   */
  async draw(
    latents: Float32Array,
    alpha: number,
    options: {
      labels?: readonly number[]
      classShares?: Float32Array
      onProgress?: (drawn: number) => void
      signal?: AbortSignal
    } = {},
  ): Promise<Float32Array> {
    const { latentSize, channels, classes } = this.#config
    const count = latents.length / latentSize
    const pictureSize = this.#position.resolution ** 2 * channels
    const images = new Float32Array(count * pictureSize)
    const { callSize } = this
    const shares = options.classShares ?? sharesOf(options.labels ?? [], count, classes)
    const rows = (values: Float32Array, from: number, width: number) => {
      const call = new Float32Array(callSize * width)
      call.set(values.subarray(from * width, (from + callSize) * width))
      return call
    }
    for (let from = 0; from < count; from += callSize) {
      options.signal?.throwIfAborted()
      const inputs = {
        latents: rows(latents, from, latentSize),
        ...(classes !== null && { classShares: rows(shares, from, classes.length) }),
        ...(this.#position.phase === 'fade' && { alpha: Float32Array.of(alpha) }),
      }
      const [outputs] = await this.#session.run([inputs])
      const drawn = Math.min(callSize, count - from)
      images.set(outputs!.images!.subarray(0, drawn * pictureSize), from * pictureSize)
      options.onProgress?.(from + drawn)
    }
    return images
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]()
  }
}

/** Labels of `count` pictures as shares [count, classes]: a one at each picture's class. */
function sharesOf(
  labels: readonly number[],
  count: number,
  classes: readonly string[] | null,
): Float32Array {
  if (classes === null) return new Float32Array()
  const shares = new Float32Array(count * classes.length)
  for (let i = 0; i < count; i++) shares[i * classes.length + (labels[i] ?? 0)] = 1
  return shares
}
