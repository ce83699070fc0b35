import { connectService, type Connection } from '../shared/protocol/connect'
import { library } from '../shared/protocol/library'
import { shell } from '../shared/protocol/shell'
import { trainer } from '../shared/protocol/trainer'
import { connectLasting, type LastingConnection } from './lastingConnection'

/** What the preload script puts on the window. */
type PreloadApi = {
  /** Asks for the ports of the shell and the library; they come as window messages. */
  connect(): void
  /** The path of a dropped file or folder; empty when it has none, as a picture dragged from a page. */
  pathOf(file: File): string
}

declare global {
  interface Window {
    readonly sprout: PreloadApi
  }
}

export type Shell = Connection<typeof shell>
export type Library = Connection<typeof library>
export type Trainer = Connection<typeof trainer>

/** Hears of each port to a run's trainer. */
export type TrainerListener = (runId: string, connection: Trainer) => void

const TRAINER_PREFIX = 'trainer:'

/** The services behind this window. */
export type Bridge = {
  readonly shell: Shell
  readonly library: Library
  /** Listens for trainers that come up; returns a function that stops listening. */
  onTrainer(listener: TrainerListener): () => void
  pathOf(file: File): string
}

/** Connects to the shell and the library; resolves once both ports are here. */
export function connectBridge(): Promise<Bridge> {
  const listeners = new Set<TrainerListener>()
  return new Promise((resolve) => {
    let shellSide: Shell | null = null
    let librarySide: LastingConnection<typeof library> | null = null
    window.addEventListener('message', (event) => {
      const name = portName(event)
      const port = event.ports[0]
      if (name === null || port === undefined) return
      if (name === shell.name) shellSide = connectService(shell, port)
      else if (name === library.name) {
        if (librarySide === null) librarySide = connectLasting(library, port)
        // The library died and was started anew.
        else librarySide.moveTo(port)
      } else if (name.startsWith(TRAINER_PREFIX)) {
        const connection = connectService(trainer, port)
        for (const listener of listeners) listener(name.slice(TRAINER_PREFIX.length), connection)
      }
      if (shellSide === null || librarySide === null) return
      resolve({
        shell: shellSide,
        library: librarySide,
        onTrainer: (listener) => {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        pathOf: (file) => window.sprout.pathOf(file),
      })
    })
    window.sprout.connect()
  })
}

function portName(event: MessageEvent): string | null {
  const data: unknown = event.data
  if (event.source !== window || typeof data !== 'object' || data === null) return null
  if (!('kind' in data) || data.kind !== 'sprout-port' || !('name' in data)) return null
  return typeof data.name === 'string' ? data.name : null
}
