import { explained } from '../../shared/domain/explanation'
import { CheckpointSampler, shapeOf } from '../export/checkpointSampler'
import { OnnxEngine } from '../runtime/onnx'
import type { Home } from '../store/home'
import { readRun } from './readRun'

/** Compiled generators that are kept: of the run at hand, and of the one before. */
const KEPT = 2
/** After this long without use a generator's memory is given back. */
const IDLE_MS = 120_000

type Entry = {
  sampler: Promise<CheckpointSampler>
  /** Ends when the last use so far has: uses take turns, as each may want other weights. */
  turn: Promise<unknown>
  idle: ReturnType<typeof setTimeout> | undefined
}

/**
 * Generators that windows draw with, compiled once for each run and set of layers. They take half of a run's threads,
 * so that a training beside them keeps going.
 */
export class Samplers {
  readonly #home: Home
  /** Oldest use first. */
  readonly #entries = new Map<string, Entry>()

  constructor(home: Home) {
    this.#home = home
  }

  /** Runs `work` with a generator that has a checkpoint's weights. Throws when the run or checkpoint is gone or damaged. */
  async use<T>(
    runId: string,
    checkpointId: number,
    work: (sampler: CheckpointSampler) => Promise<T>,
  ): Promise<T> {
    const { key, config, info } = this.#look(runId, checkpointId)
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      const sampler = this.#load(runId, checkpointId, config.threads)
      entry = { sampler, turn: Promise.resolve(), idle: undefined }
      sampler.catch(() => this.#entries.delete(key))
    }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const { sampler } = entry
    const result = entry.turn.then(async () => {
      const ready = await sampler
      if (ready.info.id !== info.id) {
        await ready.setCheckpoint(
          readRun(this.#home, runId, (run) => run.loadCheckpoint(checkpointId)),
        )
      }
      return await work(ready)
    })
    entry.turn = result.catch(() => {})
    this.#keepFew()
    this.#restartIdle(key, entry)
    return result
  }

  #look(runId: string, checkpointId: number) {
    return readRun(this.#home, runId, (run) => {
      const info = run.checkpoints().find(({ id }) => id === checkpointId)
      if (info === undefined) {
        throw explained('checkpoint_gone', { file: run.path, id: `${checkpointId}` })
      }
      const { resolution, phase } = shapeOf(run.config, info)
      return { key: `${runId}/${resolution}/${phase}`, config: run.config, info }
    })
  }

  #load(runId: string, checkpointId: number, threads: number | null): Promise<CheckpointSampler> {
    const engine = new OnnxEngine({ threads: Math.max(1, Math.floor((threads ?? 2) / 2)) })
    return readRun(this.#home, runId, (run) =>
      CheckpointSampler.create(engine, run.config, run.loadCheckpoint(checkpointId)),
    )
  }

  #keepFew(): void {
    for (const key of [...this.#entries.keys()].slice(0, -KEPT)) void this.#drop(key)
  }

  #restartIdle(key: string, entry: Entry): void {
    clearTimeout(entry.idle)
    entry.idle = setTimeout(() => void this.#drop(key), IDLE_MS)
    entry.idle.unref()
  }

  async #drop(key: string): Promise<void> {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    clearTimeout(entry.idle)
    this.#entries.delete(key)
    await entry.turn
    const sampler = await entry.sampler.catch(() => null)
    await sampler?.[Symbol.asyncDispose]()
  }
}
