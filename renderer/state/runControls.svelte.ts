import type { SettingsChange } from '../../shared/domain/settingsChange'
import type { App } from './app.svelte'
import type { RunView } from './runView.svelte'

/** What a person can do to a run besides starting and stopping it; the same for one that trains and one that rests. */
export class RunControls {
  readonly #app: App
  readonly #view: RunView

  constructor(app: App, view: RunView) {
    this.#app = app
    this.#view = view
  }

  /** A trainer is there to draw and save at once. */
  get live(): boolean {
    const { trainer, state } = this.#view
    return trainer !== null && ['training', 'preparing', 'paused'].includes(state)
  }

  /** Whether settings can be changed: there is training to come. */
  get changeable(): boolean {
    const { imagesSeen, totalImages, state } = this.#view
    return imagesSeen < totalImages && state !== 'starting'
  }

  async sampleNow(): Promise<void> {
    await this.#view.trainer?.client.sampleNow()
  }

  async checkpointNow(): Promise<void> {
    await this.#view.trainer?.client.checkpointNow()
  }

  async leaveQueue(): Promise<void> {
    await this.#app.bridge.shell.client.leaveQueue({ runId: this.#view.summary.id })
  }

  /** Writes a note down. Rejects, and the caller keeps its text, when it could not be stored. */
  async addNote(text: string): Promise<void> {
    const { trainer, summary } = this.#view
    if (trainer !== null) return trainer.client.addNote({ text })
    await this.#app.bridge.library.client.addNote({ runId: summary.id, text })
    await this.#view.refresh()
  }

  /** Changes settings. Rejects, and nothing is changed, when one of them decides what has begun. */
  async changeSettings(change: SettingsChange): Promise<void> {
    const { trainer, summary } = this.#view
    if (trainer !== null) return trainer.client.changeSettings(change)
    await this.#app.bridge.library.client.changeSettings({ runId: summary.id, change })
    await this.#view.refresh()
  }
}
