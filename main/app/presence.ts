import { powerSaveBlocker, type BrowserWindow } from 'electron'
import type { TrainingSign } from './trainingWatch'

/** A system's way to show no progress on an icon. */
const NO_PROGRESS = -1

/** What the system shows and does while a run trains: the icon has its progress, and the computer does not fall asleep. */
export class Presence {
  #blocker: number | null = null
  #showsProgress = false
  readonly #window: () => BrowserWindow | null

  constructor(window: () => BrowserWindow | null) {
    this.#window = window
  }

  /** Shows a run that trains; a paused one neither keeps the computer awake nor looks as if it went on. */
  show({ moving, done }: TrainingSign): void {
    if (moving && this.#blocker === null) {
      // The screen may go dark: nothing is lost by that.
      this.#blocker = powerSaveBlocker.start('prevent-app-suspension')
    } else if (!moving && this.#blocker !== null) {
      powerSaveBlocker.stop(this.#blocker)
      this.#blocker = null
    }
    const window = this.#window()
    if (window === null || window.isDestroyed()) return
    if (done !== null) window.setProgressBar(done, { mode: moving ? 'normal' : 'paused' })
    else if (this.#showsProgress) window.setProgressBar(NO_PROGRESS)
    this.#showsProgress = done !== null
  }
}
