import type { Tick } from '../../shared/domain/trainEvent'
import type { Values } from '../runtime/engine'

type Means = Pick<Tick, 'generatorLoss' | 'discriminatorLoss' | 'realScore' | 'fakeScore'>
type Optional = Pick<Tick, 'gradientPenalty'>
const MEASURES = ['generatorLoss', 'discriminatorLoss', 'realScore', 'fakeScore'] as const

/** Gathers the steps between two ticks: mean losses and scores, and images per second of work. */
export class TickMeter {
  #sums: Means = { generatorLoss: 0, discriminatorLoss: 0, realScore: 0, fakeScore: 0 }
  /** Null as long as no step had one. */
  #penalty: number | null = null
  #steps = 0
  #images = 0
  #milliseconds = 0
  #waitedMs = 0
  #peakMemoryBytes = 0

  get images(): number {
    return this.#images
  }

  /** Adds the outputs of some steps, each of `images` images, that took `milliseconds` in all. */
  add(outputs: readonly Values[], images: number, milliseconds: number): void {
    for (const output of outputs) {
      for (const measure of MEASURES) this.#sums[measure] += output[measure]![0]!
      const penalty = output['gradientPenalty']
      if (penalty !== undefined) this.#penalty = (this.#penalty ?? 0) + penalty[0]!
    }
    this.#steps += outputs.length
    this.#images += outputs.length * images
    this.#milliseconds += milliseconds
  }

  /** Adds time spent waiting for the inputs of steps. */
  waited(milliseconds: number): void {
    this.#waitedMs += milliseconds
  }

  /** Means since the last call, and the peak of memory since the meter began; then starts anew. Call with at least one step gathered. */
  take(): Means &
    Optional &
    Required<Pick<Tick, 'imagesPerSecond' | 'dataWaitShare' | 'peakMemoryBytes'>> {
    const { generatorLoss, discriminatorLoss, realScore, fakeScore } = this.#sums
    // The engine keeps the memory that a step took, so that a look now and then misses nothing of a peak.
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, process.memoryUsage.rss())
    const tick = {
      generatorLoss: generatorLoss / this.#steps,
      discriminatorLoss: discriminatorLoss / this.#steps,
      realScore: realScore / this.#steps,
      fakeScore: fakeScore / this.#steps,
      ...(this.#penalty !== null && { gradientPenalty: this.#penalty / this.#steps }),
      imagesPerSecond: (1000 * this.#images) / Math.max(this.#milliseconds, 1e-3),
      dataWaitShare: this.#waitedMs / Math.max(this.#waitedMs + this.#milliseconds, 1e-3),
      peakMemoryBytes: this.#peakMemoryBytes,
    }
    this.#sums = { generatorLoss: 0, discriminatorLoss: 0, realScore: 0, fakeScore: 0 }
    this.#penalty = null
    this.#steps = this.#images = this.#milliseconds = this.#waitedMs = 0
    return tick
  }
}
