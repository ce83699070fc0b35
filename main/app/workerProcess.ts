import {
  MessageChannelMain,
  utilityProcess,
  type MessagePortMain,
  type UtilityProcess,
} from 'electron'
import type { StartJob } from '../ipc/jobProcess'
import { serveRelayedJobs } from '../ipc/relayedJobs'
import { isMessage, type ConnectMessage, type FatalMessage } from '../ipc/workerMessages'

/** Characters of a worker's errors that are kept. */
const LAST_WORDS = 2000
/** Exit codes of a process that was killed, as systems tell it. */
const KILLED: readonly number[] = [9, 137]

/** How a worker ended. */
export type WorkerEnd = {
  /** True when it said that its work is done. */
  orderly: boolean
  /** In words for a person; empty when orderly. */
  message: string
  /** True when its process died without a word of why: it crashed, was killed or hung. */
  crashed: boolean
  /** The end of what it wrote on its way of errors. */
  lastWords: string
}

/** What to start. */
export type WorkerOptions = {
  /** As the person reads it and as the system's process list shows it. */
  name: string
  /** Path of the built entry. */
  module: string
  args?: readonly string[]
  /** The folder of runs and datasets. */
  home: string
  /** Runs what the worker wants done in a process of its own. */
  jobs: StartJob
}

/** One utility process and the ports into it. */
export class WorkerProcess {
  /** Resolves once the process is gone. */
  readonly ended: Promise<WorkerEnd>
  readonly #child: UtilityProcess
  #silence: string | null = null

  constructor({ name, module, args = [], home, jobs }: WorkerOptions) {
    this.#child = utilityProcess.fork(module, [...args], {
      serviceName: name,
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, SPROUT_HOME: home },
    })
    const relay = serveRelayedJobs(this.#child, jobs)
    let complaint: string | null = null
    let done = false
    let lastWords = ''
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk)
      lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS)
    })
    this.#child.on('message', (data: unknown) => {
      relay.accept(data)
      if (isMessage(data, 'fatal')) complaint = (data as FatalMessage).message
      else if (isMessage(data, 'done')) done = true
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code) => {
        relay.stop()
        const orderly = done && complaint === null
        const message =
          complaint ?? this.#silence ?? `${unexpected(name, code)}${memoryHint(code, lastWords)}`
        resolve({
          orderly,
          message: orderly ? '' : message,
          crashed: !orderly && complaint === null,
          lastWords: lastWords.trim(),
        })
      })
    })
  }

  /** A new port on which the worker serves its protocol. */
  connect(): MessagePortMain {
    const { port1, port2 } = new MessageChannelMain()
    const message: ConnectMessage = { kind: 'connect' }
    this.#child.postMessage(message, [port1])
    return port2
  }

  kill(): void {
    this.#child.kill()
  }

  /** Ends a worker that does not answer, at once; `message` tells a person why. */
  endSilent(message: string): void {
    this.#silence = message
    // Electron's own way asks politely, which a process that hangs does not hear.
    if (this.#child.pid === undefined) this.#child.kill()
    else process.kill(this.#child.pid, 'SIGKILL')
  }
}

function unexpected(name: string, code: number): string {
  return `The ${name} process ended unexpectedly (exit code ${code}).`
}

/** Out of memory is told by V8 itself, or by the system with a kill. */
function memoryHint(code: number, lastWords: string): string {
  if (/heap out of memory|bad_alloc|Cannot allocate memory/i.test(lastWords)) {
    return ' It ran out of memory: close other programs, or choose a smaller batch.'
  }
  return KILLED.includes(code) ? ' The system may have ended it since memory ran out.' : ''
}
