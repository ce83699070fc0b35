import {
  MessageChannelMain,
  utilityProcess,
  type MessagePortMain,
  type UtilityProcess,
} from 'electron'
import type { StartJob } from '../ipc/jobProcess'
import { serveRelayedJobs } from '../ipc/relayedJobs'
import { isMessage, type ConnectMessage, type FatalMessage } from '../ipc/workerMessages'

/** How a worker ended. */
export type WorkerEnd = {
  /** True when it said that its work is done. */
  orderly: boolean
  /** In words for a person; empty when orderly. */
  message: string
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

  constructor({ name, module, args = [], home, jobs }: WorkerOptions) {
    this.#child = utilityProcess.fork(module, [...args], {
      serviceName: name,
      stdio: 'inherit',
      env: { ...process.env, SPROUT_HOME: home },
    })
    const relay = serveRelayedJobs(this.#child, jobs)
    let complaint: string | null = null
    let done = false
    this.#child.on('message', (data: unknown) => {
      relay.accept(data)
      if (isMessage(data, 'fatal')) complaint = (data as FatalMessage).message
      else if (isMessage(data, 'done')) done = true
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code) => {
        relay.stop()
        const orderly = done && complaint === null
        const message = complaint ?? `The ${name} process ended unexpectedly (exit code ${code}).`
        resolve({ orderly, message: orderly ? '' : message })
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
}
