import { MessagePort, parentPort } from 'node:worker_threads'
import { complaintOf } from '../../shared/domain/explanation'
import type { Port } from '../../shared/protocol/connect'
import { portOf } from './electronPort'
import { isMessage, type DoneMessage, type FatalMessage } from './workerMessages'

/** Time for the last message to leave the process, in milliseconds. */
const FLUSH_MS = 50

/**
 * Calls `serve` with every port that is handed to this worker, be it an Electron utility process or a Node worker
 * thread. What `serve` returns runs once, when its port closes.
 */
export function onConnect(serve: (port: Port) => () => void): void {
  const accept = (port: Port) => {
    const leave = serve(port)
    port.addEventListener('close', leave)
  }
  if (process.parentPort !== undefined) {
    process.parentPort.on('message', ({ data, ports }) => {
      if (isMessage(data, 'connect') && ports[0] !== undefined) accept(portOf(ports[0]))
    })
    return
  }
  if (parentPort === null)
    throw new Error('This program is a worker: something has to start it as one.')
  parentPort.on('message', (data: unknown) => {
    if (!isMessage(data, 'connect') || !('port' in data)) return
    if (data.port instanceof MessagePort) accept(data.port as unknown as Port)
  })
}

/** Tells the process above why this worker cannot go on, then ends it with exit code 1. */
export function reportFatal(error: unknown): void {
  const report: FatalMessage = { kind: 'fatal', ...complaintOf(error) }
  process.stderr.write(`${error instanceof Error ? error.stack : report.message}\n`)
  tellMain(report)
  setTimeout(() => process.exit(1), FLUSH_MS)
}

/** Ends this worker in order, once its last messages have left. */
export function endWorker(): void {
  tellMain({ kind: 'done' })
  setTimeout(() => process.exit(0), FLUSH_MS)
}

function tellMain(message: FatalMessage | DoneMessage): void {
  if (process.parentPort === undefined) parentPort?.postMessage(message)
  else process.parentPort.postMessage(message)
}
