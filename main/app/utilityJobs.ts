import { utilityProcess } from 'electron'
import type { JobLimits } from '../../shared/jobs'
import { startIn, type JobChild, type StartJob } from '../ipc/jobProcess'

/** Runs jobs in Electron's utility processes. `entry` is the path of the built job program. */
export function utilityJobs(entry: string, home: string): StartJob {
  return startIn((job, limits) => open(entry, home, job, limits))
}

function open(entry: string, home: string, job: string, { env }: JobLimits): JobChild {
  const child = utilityProcess.fork(entry, [], {
    serviceName: `job ${job}`,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, SPROUT_HOME: home, ...env },
  })
  let gone = false
  child.once('exit', () => (gone = true))
  return {
    send: (message) => {
      if (!gone) child.postMessage(message)
    },
    onMessage: (listener) => void child.on('message', listener),
    onStderr: (listener) =>
      void child.stderr?.on('data', (chunk: Buffer) => listener(chunk.toString())),
    onEnd: (listener) =>
      void child.once('exit', (exitCode) => listener({ exitCode, signal: null })),
    kill: () => {
      if (gone) return
      // Electron's own way asks politely, which a process that is stuck in a driver does not hear.
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
      else child.kill()
    },
  }
}
