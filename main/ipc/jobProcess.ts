import * as v from 'valibot'
import { because, inEnglish } from '../../shared/domain/explanation'
import type { JobHost, JobLimits, JobOptions, JobOutcome } from '../../shared/jobs'
import { FromJobSchema, type ToJob } from './jobMessages'

/** How long a job that was asked to stop may take before its process is ended. */
const CANCEL_GRACE_MS = 2000
/** Of what a process wrote to its standard error, so much is kept. */
const STDERR_CHARACTERS = 4000

/** A process that does one job, as Node's or Electron's way of starting one shows it. */
export type JobChild = {
  send(message: ToJob): void
  onMessage(listener: (message: unknown) => void): void
  onStderr(listener: (text: string) => void): void
  /** Called once the process is gone, or could not be started. */
  onEnd(listener: (end: { exitCode: number | null; signal: string | null }) => void): void
  /** Ends the process at once, be it stuck in native code. */
  kill(): void
}

/** Starts a job whose input is checked and whose result and progress are not: `JobHost` without types. */
export type StartJob = (
  job: string,
  input: unknown,
  options: JobOptions<unknown>,
) => Promise<JobOutcome<unknown>>

/** A way of starting processes as a way of running jobs. */
export function startIn(open: (job: string, limits: JobLimits) => JobChild): StartJob {
  return (job, input, options) => {
    if (options.signal?.aborted) return Promise.resolve(cancelled(job))
    return follow(job, open(job, options), input, options)
  }
}

/** A host that parses what goes in and what comes out by the job's schemas. */
export function jobHost(start: StartJob): JobHost {
  return {
    async run(spec, input, options = {}) {
      const checked = v.parse(spec.input, input)
      const { onProgress, ...rest } = options
      const outcome = await start(spec.kind, checked, {
        ...rest,
        onProgress: (progress) => onProgress?.(v.parse(spec.progress, progress)),
      })
      if (outcome.kind !== 'done') return outcome
      const parsed = v.safeParse(spec.result, outcome.result)
      if (parsed.success) return { kind: 'done', result: parsed.output }
      const [issue] = parsed.issues
      return {
        kind: 'failed',
        message: `Job "${spec.kind}" answered something odd: ${issue.message}`,
      }
    },
  }
}

/** Sends a job to its process and waits for how it ends. */
function follow(
  job: string,
  child: JobChild,
  input: unknown,
  { signal, onProgress, timeLimitMs, silenceLimitMs, cancelGraceMs }: JobOptions<unknown>,
): Promise<JobOutcome<unknown>> {
  return new Promise((resolve) => {
    let outcome: JobOutcome<unknown> | null = null
    let stderr = ''
    const timers = new Set<NodeJS.Timeout>()
    const after = (ms: number | undefined, work: () => void): (() => void) => {
      if (ms === undefined) return () => undefined
      const timer = setTimeout(work, ms)
      timers.add(timer)
      return () => void clearTimeout(timer)
    }
    /** Settles the outcome; it is told once the process is gone, so that nothing of it is left by then. */
    const settle = (what: JobOutcome<unknown>) => {
      outcome ??= what
      child.kill()
    }
    const hang = (ms: number, code: 'job_silent' | 'job_slow') => () => {
      const why = because(code, { job, seconds: ms / 1000 })
      settle({ kind: 'hung', message: inEnglish(why), why })
    }
    const watch = () => after(silenceLimitMs, hang(silenceLimitMs ?? 0, 'job_silent'))
    let unwatch = watch()
    after(timeLimitMs, hang(timeLimitMs ?? 0, 'job_slow'))
    const cancel = () => {
      child.send({ kind: 'cancel' })
      after(cancelGraceMs ?? CANCEL_GRACE_MS, () => settle(cancelled(job)))
    }
    signal?.addEventListener('abort', cancel, { once: true })

    child.onStderr((text) => (stderr = (stderr + text).slice(-STDERR_CHARACTERS)))
    child.onMessage((data) => {
      unwatch()
      unwatch = watch()
      if (outcome !== null) return
      try {
        const message = v.parse(FromJobSchema, data)
        if (message.kind === 'progress') onProgress?.(message.value)
        // A job deep in native code hears of a cancellation only when it is done: whoever stopped it wants no result.
        else if (message.kind === 'cancelled' || signal?.aborted) settle(cancelled(job))
        else if (message.kind === 'result') settle({ kind: 'done', result: message.value })
        else settle(message)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        settle({ kind: 'failed', message: `Job "${job}" went wrong: ${reason}` })
      }
    })
    child.onEnd((end) => {
      for (const timer of timers) clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      resolve(outcome ?? (signal?.aborted ? cancelled(job) : crashed(job, end, stderr)))
    })
    child.send({ kind: 'start', job, input })
  })
}

function cancelled(job: string): JobOutcome<unknown> {
  return { kind: 'cancelled', message: `Job "${job}" was cancelled.` }
}

function crashed(
  job: string,
  { exitCode, signal }: { exitCode: number | null; signal: string | null },
  stderr: string,
): JobOutcome<unknown> {
  const how = signal === null ? `exit code ${exitCode}` : signal
  const lastWords = stderr.trim().split('\n').at(-1)?.trim() ?? ''
  const why = because('job_crashed', { job, how, lastWords: lastWords && `: ${lastWords}` })
  return {
    kind: 'crashed',
    message: inEnglish(why),
    why,
    exitCode,
    signal,
    stderr,
  }
}
