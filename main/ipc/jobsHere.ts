import { join } from 'node:path'
import type { JobHost } from '../../shared/jobs'
import { forkedJobs } from './forkedJobs'
import { relayedJobs } from './relayedJobs'

/**
 * The way of running jobs that this process has: in the app's workers by way of Electron's main process, in the
 * command line by Node. `folder` is where the built programs are, this one's own.
 */
export function jobsHere(folder: string): JobHost {
  const { parentPort } = process
  if (parentPort === undefined) return forkedJobs(join(folder, 'job.cjs'))
  return relayedJobs({
    postMessage: (message) => parentPort.postMessage(message),
    listen: (listener) => void parentPort.on('message', ({ data }) => listener(data)),
  })
}
