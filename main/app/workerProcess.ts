import {
  MessageChannelMain,
  utilityProcess,
  type MessagePortMain,
  type UtilityProcess,
} from 'electron'
import * as v from 'valibot'
import {
  because,
  ComplaintSchema,
  inEnglish,
  type Complaint,
  type Explanation,
} from '../../shared/domain/explanation'
import type { StartJob } from '../ipc/jobProcess'
import { serveRelayedJobs } from '../ipc/relayedJobs'
import { isMessage, type ConnectMessage } from '../ipc/workerMessages'

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
  /** Why, where that is known. */
  why?: Explanation | undefined
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
  #silence: Explanation | null = null

  constructor({ name, module, args = [], home, jobs }: WorkerOptions) {
    this.#child = utilityProcess.fork(module, [...args], {
      serviceName: name,
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, SPROUT_HOME: home },
    })
    const relay = serveRelayedJobs(this.#child, jobs)
    let complaint: Complaint | null = null
    let done = false
    let lastWords = ''
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk)
      lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS)
    })
    this.#child.on('message', (data: unknown) => {
      relay.accept(data)
      if (isMessage(data, 'fatal')) complaint = v.parse(ComplaintSchema, data)
      else if (isMessage(data, 'done')) done = true
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code) => {
        relay.stop()
        const orderly = done && complaint === null
        const why = this.#silence ?? unexpected(name, code, lastWords)
        const told = complaint ?? { message: inEnglish(why), why }
        resolve({
          orderly,
          ...(orderly ? { message: '' } : told),
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

  /** Ends a worker that does not answer, at once; `why` is for a person. */
  endSilent(why: Explanation): void {
    this.#silence = why
    // Electron's own way asks politely, which a process that hangs does not hear.
    if (this.#child.pid === undefined) this.#child.kill()
    else process.kill(this.#child.pid, 'SIGKILL')
  }
}

/** Out of memory is told by V8 itself, or by the system with a kill. */
function unexpected(worker: string, exitCode: number, lastWords: string): Explanation {
  const values = { worker, code: `${exitCode}` }
  if (/heap out of memory|bad_alloc|Cannot allocate memory/i.test(lastWords)) {
    return because('worker_out_of_memory', values)
  }
  return because(KILLED.includes(exitCode) ? 'worker_killed' : 'worker_ended', values)
}
