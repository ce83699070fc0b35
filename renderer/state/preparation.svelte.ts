import type { PrepareOptions } from '../../shared/domain/dataset'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { App } from './app.svelte'
import { complaintWords, errorWords } from './problemWords'

/** A run that a person asked for. */
export type WantedRun = { name: string; prepare: PrepareOptions; config: TrainConfig }

/** From wanted run to training: pictures are prepared, the run is created, its trainer started. */
export class Preparation {
  readonly wanted: WantedRun
  jobId: string | null = $state(null)
  error: string | null = $state(null)
  readonly #app: App
  #finishing = false

  constructor(app: App, wanted: WantedRun) {
    this.#app = app
    this.wanted = wanted
  }

  readonly status = $derived.by(() =>
    this.jobId === null ? null : (this.#app.jobs.get(this.jobId) ?? null),
  )

  async start(): Promise<void> {
    this.error = null
    this.#finishing = false
    try {
      const { client } = this.#app.bridge.library
      this.jobId = (await client.prepareDataset(this.wanted.prepare)).jobId
    } catch (error) {
      this.error = errorWords(error)
    }
  }

  /** To be called after each new status: goes on when the pictures are ready. */
  follow(): void {
    const status = this.status
    if (status === null || this.#finishing) return
    if (status.kind === 'failed') this.error = complaintWords(status)
    if (status.kind === 'cancelled') {
      this.#finishing = true
      this.#leave({ screen: 'new' })
    }
    if (status.kind !== 'done') return
    this.#finishing = true
    this.#finish(status.result).catch((error: unknown) => {
      this.error = errorWords(error)
    })
  }

  /** The process that did the work ended: nobody will tell how it went on. */
  fail(message: string): void {
    if (this.#finishing) return
    this.error = message
  }

  async cancel(): Promise<void> {
    if (this.jobId === null || this.error !== null) this.#leave({ screen: 'new' })
    else await this.#app.bridge.library.client.cancelJob({ jobId: this.jobId })
  }

  async #finish(datasetId: string): Promise<void> {
    const { name, config } = this.wanted
    const run = await this.#app.bridge.library.client.createRun({ name, datasetId, config })
    const seen = this.#app.route.screen === 'preparing'
    this.#app.preparation = null
    if (seen) await this.#app.openRun(run.id)
    await this.#app.train(run.id)
  }

  /** Goes to `route`, unless the person has gone elsewhere by themselves. */
  #leave(route: { screen: 'new' }): void {
    this.#app.preparation = null
    if (this.#app.route.screen === 'preparing') this.#app.go(route)
  }
}
