import * as v from 'valibot'
import { ComplaintSchema } from '../../shared/domain/explanation'

/** To a job's process: what to do, once; later perhaps to stop it. */
export type ToJob = { kind: 'start'; job: string; input: unknown } | { kind: 'cancel' }

/** From a job's process. The last message is one of the last three. */
export const FromJobSchema = v.variant('kind', [
  v.object({ kind: v.literal('progress'), value: v.unknown() }),
  v.object({ kind: v.literal('result'), value: v.unknown() }),
  v.object({ kind: v.literal('failed'), ...ComplaintSchema.entries }),
  v.object({ kind: v.literal('cancelled') }),
])
/** See {@link FromJobSchema}. */
export type FromJob = v.InferOutput<typeof FromJobSchema>
