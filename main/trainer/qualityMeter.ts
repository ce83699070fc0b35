import { Worker } from 'node:worker_threads'
import { because, inEnglish } from '../../shared/domain/explanation'
import type { CheckpointInfo } from '../../shared/domain/run'
import { toByte } from '../pictures/encode'
import type { Progress } from './checkpoint'
import { comparedPictures, qualityLatents } from './qualityPlan'
import type { FromQualityThread, QualityTask, ToQualityThread } from './qualityTask'
import type { Sampler } from './sampler'
import type { Training } from './training'

/** Share of the time that drawing samples for regular checkpoints may take at most. */
const SHARE = 0.005

/** Samples to measure: those of one checkpoint, drawn by a sampler of its layers. */
export type Measured = {
  checkpoint: CheckpointInfo
  state: Progress['state']
  /** How far its newest layers are faded in. */
  alpha: number
  resolution: Progress['shape']['resolution']
  sampler: Sampler
}

/**
 * Measures the quality of a run's checkpoints. Samples are drawn here, by the moving-average weights on latents that are
 * always the same; the distance is found by a thread at its own pace. Nothing that training hangs on is touched. When
 * measuring fails, the run is told of it once and goes on without.
 */
export class QualityMeter implements AsyncDisposable {
  readonly #training: Training
  #worker: Worker | null = null
  /** Samples that the thread compares. */
  #workerSamples = 0
  readonly #pending = new Set<number>()
  #found: FromQualityThread[] = []
  #failure: string | null = null
  /** Measuring failed, or is over. */
  #off = false
  #wake: (() => void)[] = []
  #lastAt = performance.now()
  /** What the last drawing took, and at which resolution. */
  #drawn: { resolution: number; ms: number } | null = null

  constructor(training: Training) {
    this.#training = training
  }

  /** May change while the run trains; 0 measures none. */
  get #samples(): number {
    return this.#off ? 0 : this.#training.config.qualitySamples
  }

  /**
   * Whether a regular checkpoint of a resolution is to be measured: no other is under way, and drawing takes a small part
   * of the time since the last. `pictureMs` is what a picture takes, as far as it is known otherwise.
   */
  due(resolution: number, pictureMs: number): boolean {
    if (this.#samples === 0 || this.#pending.size > 0) return false
    const known = this.#drawn?.resolution === resolution ? this.#drawn.ms : 0
    const ms = Math.max(known, pictureMs * this.#samples)
    return performance.now() - this.#lastAt >= ms / SHARE
  }

  /**
   * Draws a checkpoint's samples and hands them to the thread; {@link deliver} records what it finds. Gives up without a
   * trace once `givenUp` says so.
   */
  async measure(measured: Measured, givenUp: () => boolean): Promise<void> {
    const samples = this.#samples
    if (samples === 0 || givenUp()) return
    const { checkpoint, state, resolution, sampler } = measured
    await this.#compare(samples)
    const begun = performance.now()
    await sampler.setWeights(state)
    this.#send({ kind: 'begin', resolution })
    if (!(await this.#draw(measured, samples, givenUp))) {
      this.#send({ kind: 'drop' })
      return
    }
    this.#training.run.qualities.hold(checkpoint.id)
    this.#pending.add(checkpoint.id)
    this.#send({ kind: 'end', checkpointId: checkpoint.id })
    this.#lastAt = performance.now()
    this.#drawn = { resolution, ms: this.#lastAt - begun }
  }

  /** Records what the thread has found meanwhile. */
  async deliver(): Promise<void> {
    const { journal, control } = this.#training
    for (const { checkpointId, distance } of this.#found.splice(0)) {
      this.#pending.delete(checkpointId)
      await journal.recordQuality(checkpointId, distance)
    }
    if (this.#failure === null) return
    const why = because('quality_stopped', { detail: this.#failure })
    this.#failure = null
    this.#off = true
    this.#forgetPending()
    const { imagesSeen } = control
    await journal.record({ kind: 'error', imagesSeen, message: inEnglish(why), why })
  }

  /** Resolves once there is something to {@link deliver}. */
  somethingFound(): Promise<void> {
    if (this.#found.length > 0 || this.#failure !== null) return Promise.resolve()
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  /** Waits until all that was handed to the thread is recorded, or the run is to stop. */
  async settle(): Promise<void> {
    const { control } = this.#training
    await this.deliver()
    while (this.#pending.size > 0 && control.wish !== 'stop') {
      await Promise.race([this.somethingFound(), control.nextCommand()])
      await this.deliver()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#off = true
    this.#forgetPending()
    await this.#worker?.terminate()
  }

  /** True when all are drawn. */
  async #draw(
    { alpha, sampler }: Measured,
    samples: number,
    givenUp: () => boolean,
  ): Promise<boolean> {
    const { config } = this.#training
    const latents = qualityLatents(config, samples)
    const labels = this.#labels(samples)
    for (let from = 0; from < samples; from += sampler.callSize) {
      if (givenUp()) return false
      const to = Math.min(from + sampler.callSize, samples)
      const rows = latents.subarray(from * config.latentSize, to * config.latentSize)
      const images = await sampler.draw(rows, alpha, labels && { labels: labels.slice(from, to) })
      this.#send({ kind: 'samples', pixels: Uint8Array.from(images, toByte) })
    }
    return true
  }

  /** Classes of the pictures that samples are compared with. */
  #labels(samples: number): number[] | undefined {
    const { config, pictures } = this.#training
    if (config.classes === null) return undefined
    const labels = pictures.labels()
    const available = Math.min(config.pictures ?? labels.length, labels.length)
    return Array.from(comparedPictures(available, samples), (number) =>
      Math.max(0, labels[number]!),
    )
  }

  #send(message: ToQualityThread): void {
    this.#worker?.postMessage(message)
  }

  /** Has a thread that compares so many samples; one that compares other numbers is of no more use. */
  async #compare(samples: number): Promise<void> {
    if (this.#worker !== null && this.#workerSamples === samples) return
    this.#forgetPending()
    await this.#worker?.terminate()
    this.#worker = this.#start(samples)
    this.#workerSamples = samples
  }

  #start(qualitySamples: number): Worker {
    const { config, pictures, qualityFile } = this.#training
    const { channels, mirror } = config
    const task: QualityTask = {
      config: { channels, mirror, pictures: config.pictures, qualitySamples },
      datasetFile: pictures.path,
    }
    const worker = new Worker(qualityFile, { workerData: task })
    worker.on('message', (found: FromQualityThread) => {
      this.#found.push(found)
      this.#notify()
    })
    worker.on('error', (error) => {
      this.#failure = error.message
      this.#notify()
    })
    return worker
  }

  #forgetPending(): void {
    for (const id of this.#pending) this.#training.run.qualities.release(id)
    this.#pending.clear()
  }

  #notify(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const resolve of waiting) resolve()
  }
}
