import { randomUUID } from 'node:crypto'
import { complaintOf } from '../../shared/domain/explanation'
import type { JobProgress } from '../../shared/protocol/library'

/** Says how far a job is: `label` names what is at hand; `total` is null while it is not known. */
export type Report = (label: string, done: number, total: number | null) => void

/** Milliseconds between two reports of one job that are sent on: enough for a bar that moves smoothly. */
const REPORT_MS = 100

/** Runs long work beside other requests, with progress, time left and a way to stop. */
export class Jobs {
  readonly #emit: (progress: JobProgress) => void
  readonly #running = new Map<string, AbortController>()

  constructor(emit: (progress: JobProgress) => void) {
    this.#emit = emit
  }

  /** Starts `work` and answers its id at once; `work` resolves to the job's result. */
  start(work: (report: Report, signal: AbortSignal) => Promise<string>): string {
    const jobId = randomUUID()
    const abort = new AbortController()
    this.#running.set(jobId, abort)
    let seq = 0
    const send = (status: JobProgress['status']) => this.#emit({ jobId, seq: ++seq, status })
    const end = (status: JobProgress['status']) => {
      this.#running.delete(jobId)
      send(status)
    }
    // Whatever the work throws, at once or later, is how the job ended.
    const begin = async () => work(thinned(send), abort.signal)
    // A turn later, so that whoever asked knows the id before the first report.
    setImmediate(() =>
      begin().then(
        (result) => end({ kind: 'done', result }),
        (error: unknown) =>
          end(
            abort.signal.aborted
              ? { kind: 'cancelled' }
              : { kind: 'failed', ...complaintOf(error) },
          ),
      ),
    )
    return jobId
  }

  /** Stops a job; nothing happens when it has ended. */
  cancel(jobId: string): void {
    this.#running.get(jobId)?.abort(new Error('Cancelled'))
  }
}

/**
 * Sends reports on now and then, with the seconds left at the speed so far. A job whose `total` changes, or that begins
 * to count anew, has come to work of another kind: that is told at once, and its speed is measured from there.
 */
function thinned(send: (status: JobProgress['status']) => void): Report {
  let sentAt = -Infinity
  let begin: { at: number; done: number; total: number | null } | null = null
  let last = 0
  return (label, done, total) => {
    const now = performance.now()
    const anew = begin === null || total !== begin.total || done < last
    if (begin === null || anew) begin = { at: now, done, total }
    last = done
    if (now - sentAt < REPORT_MS && done !== total && !anew) return
    sentAt = now
    const speed = (done - begin.done) / (now - begin.at)
    const secondsLeft = total === null || !(speed > 0) ? null : (total - done) / speed / 1000
    send({ kind: 'running', label, done, total, secondsLeft })
  }
}
