import { fork } from 'node:child_process'
import type { JobHost } from '../../shared/jobs'
import { jobHost, startIn, type JobChild } from './jobProcess'

/** Runs jobs in Node processes: for the command line and tests. `entry` is the path of the built job program. */
export function forkedJobs(entry: string): JobHost {
  return jobHost(
    startIn((_job, { env }) => {
      const child = fork(entry, [], {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        execArgv: [],
        env: { ...process.env, ...env },
      })
      return {
        // A process that has just died takes no messages; how it ended tells all.
        send: (message) => void (child.connected && child.send(message, () => undefined)),
        onMessage: (listener) => void child.on('message', listener),
        onStderr: (listener) => void child.stderr?.setEncoding('utf8').on('data', listener),
        onEnd: (listener) => {
          child.once('close', (exitCode, signal) => listener({ exitCode, signal }))
          child.once('error', () => listener({ exitCode: child.exitCode, signal: null }))
        },
        kill: () => void child.kill('SIGKILL'),
      } satisfies JobChild
    }),
  )
}
