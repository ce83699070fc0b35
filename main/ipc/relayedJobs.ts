import type { JobHost, JobOutcome, JobOptions } from '../../shared/jobs'
import { jobHost, type StartJob } from './jobProcess'
import { isMessage } from './workerMessages'

/** Worker to main: run this job for me. */
type RunJobMessage = {
  kind: 'runJob'
  id: number
  job: string
  input: unknown
  limits: Omit<JobOptions<unknown>, 'signal' | 'onProgress'>
}
/** Worker to main: stop it. */
type CancelJobMessage = { kind: 'cancelJob'; id: number }
/** Main to worker. */
type JobProgressMessage = { kind: 'jobProgress'; id: number; value: unknown }
type JobEndedMessage = { kind: 'jobEnded'; id: number; outcome: JobOutcome<unknown> }

/** A worker's side of its way to main. */
export type ToMain = {
  postMessage(message: unknown): void
  /** Calls with each message's data, for as long as the process lives. */
  listen(listener: (data: unknown) => void): void
}

/** Main's side of its way to a worker. */
export type ToWorker = { postMessage(message: unknown): void }

/** Jobs for a worker of the app: only Electron's main process can start processes, so it is asked to. */
export function relayedJobs(main: ToMain): JobHost {
  const running = new Map<
    number,
    { onProgress: (value: unknown) => void; end: (outcome: JobOutcome<unknown>) => void }
  >()
  let count = 0
  main.listen((data) => {
    if (isMessage(data, 'jobProgress')) {
      const { id, value } = data as JobProgressMessage
      running.get(id)?.onProgress(value)
    } else if (isMessage(data, 'jobEnded')) {
      const { id, outcome } = data as JobEndedMessage
      running.get(id)?.end(outcome)
    }
  })
  return jobHost((job, input, { signal, onProgress, ...limits }) => {
    const id = ++count
    const cancel = () => main.postMessage({ kind: 'cancelJob', id } satisfies CancelJobMessage)
    return new Promise((resolve) => {
      const end = (outcome: JobOutcome<unknown>) => {
        running.delete(id)
        signal?.removeEventListener('abort', cancel)
        resolve(outcome)
      }
      running.set(id, { end, onProgress: (value) => onProgress?.(value) })
      main.postMessage({ kind: 'runJob', id, job, input, limits } satisfies RunJobMessage)
      if (signal?.aborted) cancel()
      else signal?.addEventListener('abort', cancel, { once: true })
    })
  })
}

/** Main's end for one worker: hand it every message of the worker. Call `stop` when the worker is gone: it ends its jobs. */
export function serveRelayedJobs(
  worker: ToWorker,
  start: StartJob,
): { accept(data: unknown): void; stop(): void } {
  const aborts = new Map<number, AbortController>()
  let gone = false
  const tell = (message: JobProgressMessage | JobEndedMessage) => {
    if (!gone) worker.postMessage(message)
  }
  return {
    accept(data) {
      if (isMessage(data, 'cancelJob')) aborts.get((data as CancelJobMessage).id)?.abort()
      if (!isMessage(data, 'runJob')) return
      const { id, job, input, limits } = data as RunJobMessage
      const abort = new AbortController()
      aborts.set(id, abort)
      const onProgress = (value: unknown) => tell({ kind: 'jobProgress', id, value })
      void start(job, input, { ...limits, signal: abort.signal, onProgress }).then((outcome) => {
        aborts.delete(id)
        tell({ kind: 'jobEnded', id, outcome })
      })
    },
    stop() {
      gone = true
      for (const abort of aborts.values()) abort.abort()
    },
  }
}
