import { app, Menu, Tray, type BrowserWindow } from 'electron'
import type { ClosingChoice, WhenClosing } from '../../shared/protocol/shell'
import type { ClosingMemory } from './closingMemory'
import { trayIcon } from './trayIcon'

/** What closing the window comes down to. */
export type ClosingParts = {
  /** True while a run is being worked on. */
  training(): boolean
  /** Asks the page, which asks the person; false when there is no page to ask. */
  ask(): boolean
  memory: ClosingMemory
}

/** What happens when a window is closed while a run trains: a person decides, once or each time. */
export class Closing {
  readonly #parts: ClosingParts
  #quitting = false
  #tray: Tray | null = null
  #window: BrowserWindow | null = null

  constructor(parts: ClosingParts) {
    this.#parts = parts
    // Whoever quits (menu, SIGTERM, the end of the session) has decided already.
    app.on('before-quit', () => (this.#quitting = true))
  }

  /** Looks after a window. */
  guard(window: BrowserWindow): void {
    this.#window = window
    window.on('close', (event) => {
      if (this.#quitting || !this.#parts.training()) return
      event.preventDefault()
      const wanted = this.#parts.memory.whenClosing
      if (wanted !== 'ask') this.#act(wanted)
      else if (!this.#parts.ask()) this.#act('stop')
    })
    window.on('show', () => this.#dropTray())
    window.on('closed', () => {
      this.#window = null
      this.#dropTray()
    })
  }

  /** Does what the person chose, and remembers it if they want so. */
  answer(choice: ClosingChoice, remember: boolean): void {
    if (choice === 'cancel') return
    if (remember) this.#parts.memory.remember(choice)
    this.#act(choice)
  }

  get whenClosing(): WhenClosing {
    return this.#parts.memory.whenClosing
  }

  remember(wanted: WhenClosing): void {
    this.#parts.memory.remember(wanted)
  }

  /** Brings a window back that was hidden. */
  bringBack(): void {
    const window = this.#window
    if (window === null) return
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  #act(choice: 'background' | 'stop'): void {
    if (choice === 'stop') return app.quit()
    this.#window?.hide()
    this.#showTray()
  }

  /** A system without a tray shows none; starting Sprout again brings the window back there. */
  #showTray(): void {
    if (this.#tray !== null) return
    try {
      const chinese = app.getLocale().startsWith('zh')
      const tray = new Tray(trayIcon())
      tray.setToolTip('Sprout')
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { label: chinese ? '打开 Sprout' : 'Open Sprout', click: () => this.bringBack() },
          { label: chinese ? '停止训练并退出' : 'Stop training and quit', click: () => app.quit() },
        ]),
      )
      tray.on('click', () => this.bringBack())
      this.#tray = tray
    } catch {
      this.#tray = null
    }
  }

  #dropTray(): void {
    this.#tray?.destroy()
    this.#tray = null
  }
}
