import { MessageChannelMain, type BrowserWindow, type MessagePortMain } from 'electron'
import { serveService, type Served } from '../../shared/protocol/connect'
import type { Emit } from '../../shared/protocol/service'
import { shell } from '../../shared/protocol/shell'
import { portOf } from '../ipc/electronPort'
import type { Closing } from './closing'
import type { LibraryKeeper } from './libraryKeeper'
import { shellHandlers } from './shellService'
import type { Trainers } from './trainers'

/** The workers behind a window. */
export type Workers = { library: LibraryKeeper; trainers: Trainers; home: string }

/** What a window's shell needs besides. */
export type Surroundings = Workers & { closing: Closing }

/** One window's ports: to the shell here, to the library, to trainers. */
export class WindowPorts {
  readonly #window: BrowserWindow
  readonly #workers: Surroundings
  #shell: Served<typeof shell> | null = null

  constructor(window: BrowserWindow, workers: Surroundings) {
    this.#window = window
    this.#workers = workers
    window.on('closed', () => this.#shell?.close())
  }

  /** Hands over the shell's and the library's port, anew each time the page asks, as after a reload. */
  connect(): void {
    this.#shell?.close()
    const { port1, port2 } = new MessageChannelMain()
    const handlers = shellHandlers({
      ...this.#workers,
      window: this.#window,
      handOverTrainer: (runId) => this.handOverTrainer(runId),
    })
    this.#shell = serveService(shell, portOf(port1), handlers)
    this.#handOver(shell.name, port2)
    this.handOverLibrary()
  }

  handOverLibrary(): boolean {
    return this.#handOver('library', this.#workers.library.connect())
  }

  /** False when the run has no trainer up. */
  handOverTrainer(runId: string): boolean {
    return this.#handOver(`trainer:${runId}`, this.#workers.trainers.connect(runId))
  }

  /** True while the page is there to hear of events. */
  get connected(): boolean {
    return this.#shell !== null && !this.#window.webContents.isCrashed()
  }

  /** Sends an event to the page, if it has connected. */
  emit: Emit<typeof shell> = (event, payload) => this.#shell?.emit(event, payload)

  #handOver(name: string, port: MessagePortMain | null): boolean {
    if (port === null || this.#window.isDestroyed()) return false
    this.#window.webContents.postMessage('port', { name }, [port])
    return true
  }
}
