import type { App } from './app.svelte'

/** A run file on its way out or in. */
export type Transfer = {
  id: number
  kind: 'export' | 'import'
  /** The run's name, or the file's. */
  name: string
  jobId: string | null
  /** What went wrong before there was a job. */
  error: string | null
}

/** Extension of run files that were saved or are to be sent. */
export const RUN_EXTENSION = 'sprout'

/** Run files being copied out of the library and into it. */
export class Transfers {
  list: Transfer[] = $state.raw([])
  readonly #app: App
  #id = 0

  constructor(app: App) {
    this.#app = app
  }

  /** How a transfer's job is going; null before the first report. */
  statusOf({ jobId }: Transfer) {
    return jobId === null ? null : (this.#app.jobs.get(jobId) ?? null)
  }

  /** Asks where to save a copy of a run's file, and saves it. */
  async saveCopy(run: { id: string; name: string }): Promise<void> {
    const { shell, library } = this.#app.bridge
    const suggestedName = `${run.name.replace(/[\\/:*?"<>|]+/g, ' ').trim() || 'run'}.${RUN_EXTENSION}`
    const file = await shell.client.chooseSaveFile({ suggestedName, extension: RUN_EXTENSION })
    if (file === null) return
    await this.#begin('export', run.name, () => library.client.exportRun({ runId: run.id, file }))
  }

  /** Asks for a run file, and takes it in. */
  async chooseAndImport(): Promise<void> {
    const extensions = [RUN_EXTENSION, 'sqlite']
    const file = await this.#app.bridge.shell.client.chooseOpenFile({ extensions })
    if (file !== null) await this.importFile(file)
  }

  /** Takes a run file in. */
  async importFile(file: string): Promise<void> {
    const name = file.split(/[\\/]/).at(-1)!
    await this.#begin('import', name, () => this.#app.bridge.library.client.importRun({ file }))
  }

  async cancel({ jobId }: Transfer): Promise<void> {
    if (jobId !== null) await this.#app.bridge.library.client.cancelJob({ jobId })
  }

  dismiss({ id }: Transfer): void {
    this.list = this.list.filter((each) => each.id !== id)
  }

  async #begin(
    kind: Transfer['kind'],
    name: string,
    ask: () => Promise<{ jobId: string }>,
  ): Promise<void> {
    const transfer: Transfer = { id: ++this.#id, kind, name, jobId: null, error: null }
    this.list = [...this.list, transfer]
    const settle = (changes: Partial<Transfer>) =>
      (this.list = this.list.map((each) =>
        each.id === transfer.id ? { ...each, ...changes } : each,
      ))
    try {
      settle({ jobId: (await ask()).jobId })
    } catch (error) {
      settle({ error: error instanceof Error ? error.message : `${error}` })
    }
  }
}
