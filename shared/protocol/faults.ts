import * as v from 'valibot'
import { ProblemSchema } from '../domain/repair'
import type { RequestSpec } from './service'

/** Requests to the library about files that cannot be used. */
export const faultRequests = {
  /** Files among the runs and datasets that cannot be read, with what is wrong. */
  problems: { input: v.void(), output: v.array(ProblemSchema) },
  /**
   * Saves what can be read of a damaged file into a fresh one, which takes its place; the damaged one is kept beside. A
   * job whose `done.result` is a `RepairReport` as JSON.
   */
  repairFile: {
    input: v.object({ kind: ProblemSchema.entries.kind, id: v.string() }),
    output: v.object({ jobId: v.string() }),
  },
} as const satisfies Readonly<Record<string, RequestSpec>>
