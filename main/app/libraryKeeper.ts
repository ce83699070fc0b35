import type { MessagePortMain } from 'electron'
import type { WorkerEnd, WorkerProcess } from './workerProcess'

/** A library that dies this often within the window is not started again. */
const MAX_DEATHS = 4
const DEATH_WINDOW_MS = 60_000

/** Keeps the library process alive: starts it again when it dies. */
export class LibraryKeeper {
  readonly #start: () => WorkerProcess
  readonly #died: (end: WorkerEnd) => void
  readonly #deaths: number[] = []
  #worker: WorkerProcess | null
  #stopping = false

  /** `died` hears how the library ended, once a new one is there to connect to. */
  constructor(start: () => WorkerProcess, died: (end: WorkerEnd) => void) {
    this.#start = start
    this.#died = died
    this.#worker = this.#launch()
  }

  /** A new port on which the library serves its protocol; null once it has died too often. */
  connect(): MessagePortMain | null {
    return this.#worker?.connect() ?? null
  }

  /** Ends the library for good. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#worker?.kill()
    await this.#worker?.ended
  }

  #launch(): WorkerProcess {
    const worker = this.#start()
    void worker.ended.then((end) => {
      if (this.#stopping) return
      const now = Date.now()
      this.#deaths.push(now)
      const recent = this.#deaths.filter((at) => now - at < DEATH_WINDOW_MS)
      this.#worker = recent.length < MAX_DEATHS ? this.#launch() : null
      this.#died(end)
    })
    return worker
  }
}
