import { fileNameFor, RUN_EXTENSION } from '../../shared/domain/fileName'
import type { App } from './app.svelte'
import { errorWords } from './problemWords'
import { errorOf } from '../../shared/domain/explanation'

/** A run file on its way out or in. */
export type Transfer = {
  id: number
  /** `drag` is a copy that is to be dragged out of the window. */
  kind: 'export' | 'import' | 'drag'
  /** The run's name, or the file's. */
  name: string
  jobId: string | null
  /** What went wrong before there was a job. */
  error: string | null
}

/** A copy for dragging that is ready within this time is not spoken of. */
const QUIET_MS = 400

/** Run files being copied out of the library and into it. */
export class Transfers {
  list: Transfer[] = $state.raw([])
  readonly #app: App
  #id = 0
  /** The copy that was dragged out last: dropped on the window again, it is nothing new. */
  #dragged: string | null = null

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
    const suggestedName = `${fileNameFor(run.name, 'run')}.${RUN_EXTENSION}`
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
    if (file === this.#dragged) return
    const name = file.split(/[\\/]/).at(-1)!
    await this.#begin('import', name, () => this.#app.bridge.library.client.importRun({ file }))
  }

  /**
   * A run was taken hold of in the window: goes on as a drag of a copy of its file. When the copy is not ready by the
   * time the button is let go, the person is told once it is, and drags again.
   */
  dragOut(event: DragEvent, run: { id: string; name: string }): void {
    // The window has no file to give; the drag goes on from the main process, which does.
    event.preventDefault()
    this.#app.attempt(() => this.#carry(run))
  }

  async #carry(run: { id: string; name: string }): Promise<void> {
    const { shell, library } = this.#app.bridge
    let held = true
    const letGo = () => (held = false)
    window.addEventListener('pointerup', letGo, { once: true })
    let told: Transfer | null = null
    try {
      const { jobId } = await library.client.copyRunForDrag({ runId: run.id })
      const ended = this.#app.jobEnded(jobId)
      const timer = setTimeout(() => (told = this.#add('drag', run.name, jobId)), QUIET_MS)
      const status = await ended
      clearTimeout(timer)
      if (status.kind === 'failed') throw errorOf(status)
      if (status.kind !== 'done' || !held) return
      if (told !== null) this.dismiss(told)
      this.#dragged = status.result
      await shell.client.dragFile({ file: status.result })
    } catch (error) {
      if (told === null) throw error
    } finally {
      window.removeEventListener('pointerup', letGo)
    }
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
    const transfer = this.#add(kind, name, null)
    const settle = (changes: Partial<Transfer>) =>
      (this.list = this.list.map((each) =>
        each.id === transfer.id ? { ...each, ...changes } : each,
      ))
    try {
      settle({ jobId: (await ask()).jobId })
    } catch (error) {
      settle({ error: errorWords(error) })
    }
  }

  #add(kind: Transfer['kind'], name: string, jobId: string | null): Transfer {
    const transfer: Transfer = { id: ++this.#id, kind, name, jobId, error: null }
    this.list = [...this.list, transfer]
    return transfer
  }
}
