import { Worker } from 'node:worker_threads'
import { complaintOf, errorOf, explained } from '../../shared/domain/explanation'
import type { InputValues, TensorSpecs } from '../runtime/engine'
import { slotLayout, slotViews, type SlotLayout } from './inputSlots'
import { PRODUCED, RELEASED, STOPPED, type ReaderTask } from './readerTask'

/** Memory for inputs that lie ready, in bytes, as far as {@link LEAST_SLOTS} allow. */
const MEMORY_BYTES = 32 << 20
const LEAST_SLOTS = 4
const MOST_SLOTS = 64

/** What is to be prepared; see {@link ReaderTask}. */
export type ReadAheadOptions = Pick<
  ReaderTask,
  'config' | 'segment' | 'datasetFile' | 'imagesSeen' | 'step' | 'end'
> & {
  /** The step's inputs. */
  readonly inputs: TensorSpecs
  /** Path of the built `readerThread.ts`. */
  readonly readerFile: string
}

/**
 * The inputs of a segment's steps, prepared ahead of need by a thread of their own: pictures read and unpacked, random
 * numbers drawn. They lie in memory shared with the thread and are handed out without copying. What they are follows
 * from the step alone, as in {@link Minibatches}, however far ahead the thread is.
 */
export class ReadAhead implements AsyncDisposable {
  readonly #layout: SlotLayout
  readonly #slots: number
  readonly #memory: SharedArrayBuffer
  readonly #counters: Int32Array
  readonly #worker: Worker
  readonly #ended: Promise<void>
  #failure: Error | null = null
  #wake: (() => void)[] = []

  constructor({ inputs, readerFile, ...what }: ReadAheadOptions) {
    this.#layout = slotLayout(inputs)
    const fitting = Math.floor(MEMORY_BYTES / this.#layout.bytes)
    this.#slots = Math.min(MOST_SLOTS, Math.max(LEAST_SLOTS, fitting))
    this.#memory = new SharedArrayBuffer(this.#slots * this.#layout.bytes)
    const counters = new SharedArrayBuffer(8)
    this.#counters = new Int32Array(counters)
    const task: ReaderTask = {
      ...what,
      layout: this.#layout,
      slots: this.#slots,
      memory: this.#memory,
      counters,
    }
    this.#worker = new Worker(readerFile, { workerData: task })
    this.#worker.on('message', () => this.#notify())
    this.#worker.on('error', (error) => {
      this.#failure = error
      this.#notify()
    })
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#failure ??= explained('reader_ended', {})
        this.#notify()
        resolve()
      })
    })
  }

  /** Steps that can be taken at once: half of what lies ready, so that the other half can be prepared meanwhile. */
  get most(): number {
    return this.#slots >> 1
  }

  /**
   * The inputs of the next `count` steps (at most {@link most}), once they are ready. They stay as they are until
   * {@link release}. Throws what went wrong in the thread, with the name of the file that it could not read.
   */
  async take(count: number): Promise<InputValues[]> {
    const first = this.#released
    if (count > this.most) throw new RangeError(`Take at most ${this.most} steps at once.`)
    while (Atomics.load(this.#counters, PRODUCED) < first + count) {
      if (this.#failure !== null) {
        throw errorOf(complaintOf(this.#failure), { cause: this.#failure })
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
    return Array.from({ length: count }, (_, i) =>
      slotViews(this.#layout, this.#memory, (first + i) % this.#slots),
    )
  }

  /** Gives back the inputs of the `count` oldest steps taken. */
  release(count: number): void {
    Atomics.store(this.#counters, RELEASED, this.#released + count)
    Atomics.notify(this.#counters, RELEASED)
  }

  /** Ends the thread and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    Atomics.store(this.#counters, RELEASED, STOPPED)
    Atomics.notify(this.#counters, RELEASED)
    await this.#ended
  }

  get #released(): number {
    return Atomics.load(this.#counters, RELEASED)
  }

  #notify(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const resolve of waiting) resolve()
  }
}
