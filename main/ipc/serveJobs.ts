import * as v from 'valibot'
import { complaintOf } from '../../shared/domain/explanation'
import type { JobHandler, JobSpec } from '../../shared/jobs'
import type { FromJob, ToJob } from './jobMessages'

/** Time for the last message to leave the process, in milliseconds; the caller ends it sooner. */
const FLUSH_MS = 5000

/** A kind of job with the way to load its work, which is loaded only when asked for. */
export type OfferedJob = {
  readonly spec: JobSpec
  readonly load: () => Promise<JobHandler<JobSpec>>
}

/** Pairs a spec with the module that does its work. */
export function offer<S extends JobSpec>(spec: S, load: () => Promise<JobHandler<S>>): OfferedJob {
  return { spec, load: load as unknown as OfferedJob['load'] }
}

/** Makes this process one that does a single job, asked for by the process that started it. */
export function serveJobs(offered: readonly OfferedJob[]): void {
  const { send, listen } = parent()
  const abort = new AbortController()
  listen((message) => {
    if (message.kind === 'cancel') abort.abort(new Error('Cancelled'))
    else {
      void work(offered, message, abort.signal, send).then((last) => {
        send(last)
        setTimeout(() => process.exit(0), FLUSH_MS)
      })
    }
  })
}

async function work(
  offered: readonly OfferedJob[],
  { job, input }: Extract<ToJob, { kind: 'start' }>,
  signal: AbortSignal,
  send: (message: FromJob) => void,
): Promise<FromJob> {
  try {
    const found = offered.find(({ spec }) => spec.kind === job)
    if (found === undefined) throw new Error(`There is no job of kind "${job}"`)
    const handler = await found.load()
    const onProgress = (value: unknown) => send({ kind: 'progress', value })
    const result = await handler(v.parse(found.spec.input, input), { signal, onProgress })
    return { kind: 'result', value: result }
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled' }
    return { kind: 'failed', ...complaintOf(error) }
  }
}

/** The process that started this one: Electron's main process, or a Node process that forked it. */
function parent() {
  const electron = process.parentPort
  if (electron !== undefined) {
    return {
      send: (message: FromJob) => electron.postMessage(message),
      listen: (listener: (message: ToJob) => void) =>
        void electron.on('message', ({ data }) => listener(data as ToJob)),
    }
  }
  if (process.send === undefined)
    throw new Error('This program does jobs for another: something has to start it as one.')
  // Whoever asked is gone: nobody waits for the result.
  process.on('disconnect', () => process.exit(1))
  return {
    send: (message: FromJob) => void process.send?.(message),
    listen: (listener: (message: ToJob) => void) => void process.on('message', listener),
  }
}
