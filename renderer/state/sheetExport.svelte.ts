import type { App } from './app.svelte'

/** A sheet of samples on its way from a run to a PNG file. */
export class SheetExport {
  count: number | null = $state(16)
  /** Null lets the sheet be as square as it can. */
  columns: number | null = $state(null)
  seed: number | null = $state(1)
  error: string | null = $state(null)
  jobId: string | null = $state(null)
  asking = $state(false)
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  readonly status = $derived.by(() =>
    this.jobId === null ? null : (this.#app.jobs.get(this.jobId) ?? null),
  )
  readonly running = $derived(
    this.jobId !== null && (this.status === null || this.status.kind === 'running'),
  )
  readonly file = $derived(this.status?.kind === 'done' ? this.status.result : null)
  readonly failure = $derived(this.status?.kind === 'failed' ? this.status.message : this.error)
  readonly valid = $derived(
    isWithin(this.count, 1, 4096) &&
      isWithin(this.seed, 0, Number.MAX_SAFE_INTEGER) &&
      (this.columns === null || isWithin(this.columns, 1, 4096)),
  )

  /** Asks where to save, then draws and writes. Nothing happens when the person changes their mind. */
  async save(run: { id: string; name: string }): Promise<void> {
    const { count, seed, columns } = this
    if (count === null || seed === null) return
    const { shell, library } = this.#app.bridge
    this.error = null
    this.jobId = null
    this.asking = true
    try {
      const suggestedName = `${run.name.replace(/[\\/:*?"<>|]+/g, ' ').trim() || 'samples'}.png`
      const file = await shell.client.chooseSaveFile({ suggestedName, extension: 'png' })
      if (file === null) return
      const asked = { runId: run.id, count, seed, columns: columns, file }
      this.jobId = (await library.client.exportSheet(asked)).jobId
    } catch (error) {
      this.error = error instanceof Error ? error.message : `${error}`
    } finally {
      this.asking = false
    }
  }

  async cancel(): Promise<void> {
    if (this.jobId !== null) await this.#app.bridge.library.client.cancelJob({ jobId: this.jobId })
  }

  async show(): Promise<void> {
    if (this.file !== null) await this.#app.bridge.shell.client.showInFolder({ file: this.file })
  }
}

function isWithin(value: number | null, least: number, most: number): boolean {
  return value !== null && Number.isInteger(value) && value >= least && value <= most
}
