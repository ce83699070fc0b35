import * as v from 'valibot'
import { QualityPointSchema } from '../domain/quality'
import type { RequestSpec } from './service'

/** Requests of the library about the quality of runs. */
export const qualityRequests = {
  /** All measurements of a run, oldest first. */
  runQuality: { input: v.object({ runId: v.string() }), output: v.array(QualityPointSchema) },
} as const satisfies Readonly<Record<string, RequestSpec>>
