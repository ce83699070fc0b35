import type * as v from 'valibot'
import { type Complaint } from './domain/explanation'

type Schema = v.GenericSchema

/**
 * A kind of work done in a process of its own, since it may crash or hang. Input, progress and result cross by
 * structured clone and are parsed on arrival.
 */
export type JobSpec<
  I extends Schema = Schema,
  P extends Schema = Schema,
  R extends Schema = Schema,
> = {
  /** Names the kind in messages and in the entry's list of handlers. */
  readonly kind: string
  readonly input: I
  readonly progress: P
  readonly result: R
}

/** How a job ended. All but `done` carry one line for a person, with why where that is known. */
export type JobOutcome<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** The work threw. */
  | ({ readonly kind: 'failed' } & Complaint)
  /** The process died. `signal` is null where the system does not tell; `stderr` has its last words. */
  | ({
      readonly kind: 'crashed'
      readonly exitCode: number | null
      readonly signal: string | null
      readonly stderr: string
    } & Complaint)
  /** Nothing was heard of it for too long, or it took too long in all; its process was ended. */
  | ({ readonly kind: 'hung' } & Complaint)
  | { readonly kind: 'cancelled'; readonly message: string }

/** What bounds a job from outside. */
export type JobLimits = {
  /** Milliseconds for the whole job, the start of its process included; none where left out. */
  readonly timeLimitMs?: number
  /** Milliseconds without progress after which it counts as hung; none where left out. */
  readonly silenceLimitMs?: number
  /** Milliseconds that a job which was asked to stop may take to do so; 2000 where left out. */
  readonly cancelGraceMs?: number
  /** Environment variables of the process besides this one's. */
  readonly env?: Readonly<Record<string, string>>
}

/** How a caller follows a job. */
export type JobOptions<P> = JobLimits & {
  /** Aborting asks the job to stop, and ends its process when it does not soon. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: P) => void
}

/** Starts jobs, each in a process of its own, whatever way the surrounding program has to do that. */
export interface JobHost {
  /**
   * Runs one job to its end. Never rejects for what happens in the job's process: that is an outcome. Throws a
   * `ValiError` for an input that breaks its schema; a result or progress that does is a `failed` outcome.
   */
  run<I extends Schema, P extends Schema, R extends Schema>(
    spec: JobSpec<I, P, R>,
    input: v.InferInput<I>,
    options?: JobOptions<v.InferOutput<P>>,
  ): Promise<JobOutcome<v.InferOutput<R>>>
}

/** What a handler gets besides its input. */
export type JobTools<P> = {
  /** Aborted when the caller wants the job to stop; throw `signal.reason` then. */
  readonly signal: AbortSignal
  readonly onProgress: (progress: P) => void
}

/** The work of one kind of job, as it runs in the job's process. */
export type JobHandler<S extends JobSpec> = (
  input: v.InferOutput<S['input']>,
  tools: JobTools<v.InferInput<S['progress']>>,
) => Promise<v.InferInput<S['result']>>
