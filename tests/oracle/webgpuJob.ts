import * as v from 'valibot'
import type { JobSpec } from '../../shared/jobs'

const ValuesSchema = v.record(
  v.string(),
  v.custom<Float32Array>((value) => value instanceof Float32Array),
)

/** Gradients at fixtures' weights, where they have such, and their first steps, as WebGPU computes them, by name. */
export const fixturesJob = {
  kind: 'fixtures',
  input: v.object({ names: v.array(v.string()) }),
  progress: v.null(),
  result: v.record(
    v.string(),
    v.object({
      gradients: v.nullable(ValuesSchema),
      steps: v.object({
        outputs: v.array(ValuesSchema),
        states: v.array(v.nullable(ValuesSchema)),
      }),
    }),
  ),
} as const satisfies JobSpec
