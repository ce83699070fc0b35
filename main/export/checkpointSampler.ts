import { explained } from '../../shared/domain/explanation'
import type { LatentPoint } from '../../shared/domain/sample'
import type { CheckpointInfo } from '../../shared/domain/run'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Position } from '../../shared/schedule'
import { toByte } from '../pictures/encode'
import type { Engine } from '../runtime/engine'
import type { LoadedCheckpoint, RunFile } from '../store/runFile'
import { shapeOf } from '../trainer/checkpoint'
import { Sampler } from '../trainer/sampler'
import { latentsOf } from './latents'

export { shapeOf }

/** How to follow a drawing, and to stop it. */
export type DrawWatch = { onProgress?: (drawn: number) => void; signal?: AbortSignal }

/** The checkpoint with this id, or the newest intact one for null. Throws one clear line when there is none. */
export function loadCheckpoint(run: RunFile, id: number | null): LoadedCheckpoint {
  if (id !== null) return run.loadCheckpoint(id)
  const { checkpoint } = run.loadNewestGoodCheckpoint()
  if (checkpoint !== null) return checkpoint
  throw explained('no_checkpoint', {})
}

/** Draws points of one run with the weights of a checkpoint. The compiled generator serves all that have its layers. */
export class CheckpointSampler implements AsyncDisposable {
  readonly config: TrainConfig
  readonly #sampler: Sampler
  #position: Position
  #info: CheckpointInfo

  private constructor(
    config: TrainConfig,
    sampler: Sampler,
    position: Position,
    info: CheckpointInfo,
  ) {
    this.config = config
    this.#sampler = sampler
    this.#position = position
    this.#info = info
  }

  static async create(
    engine: Engine,
    config: TrainConfig,
    checkpoint: LoadedCheckpoint,
  ): Promise<CheckpointSampler> {
    const position = shapeOf(config, checkpoint.info)
    const sampler = await Sampler.create(engine, config, position)
    const made = new CheckpointSampler(config, sampler, position, checkpoint.info)
    await made.setCheckpoint(checkpoint)
    return made
  }

  get position(): Position {
    return this.#position
  }

  get info(): CheckpointInfo {
    return this.#info
  }

  /** Points of one engine call. */
  get callSize(): number {
    return this.#sampler.callSize
  }

  /** Goes on with the weights of another checkpoint that has the same layers. */
  async setCheckpoint({ info, tensors }: LoadedCheckpoint): Promise<void> {
    this.#position = shapeOf(this.config, info)
    this.#info = info
    await this.#sampler.setWeights(
      Object.fromEntries([...tensors].map(([name, tensor]) => [name, tensor.values])),
    )
  }

  /** Pictures [n, R, R, C] in about [-1, 1]. */
  drawFloats(
    points: readonly LatentPoint[],
    truncation: number,
    watch: DrawWatch = {},
  ): Promise<Float32Array> {
    const { latents, classShares } = latentsOf(this.config, points, truncation)
    return this.#sampler.draw(latents, this.#position.alpha, { ...watch, classShares })
  }

  /** Pictures [n, R, R, C] as bytes. */
  async draw(
    points: readonly LatentPoint[],
    truncation: number,
    watch: DrawWatch = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    return Uint8Array.from(await this.drawFloats(points, truncation, watch), toByte)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sampler[Symbol.asyncDispose]()
  }
}
