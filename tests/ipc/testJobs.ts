import * as v from 'valibot'
import type { JobSpec } from '../../shared/jobs'

/** Jobs that behave and misbehave, for the tests of how jobs are run. */
export const doubleJob = {
  kind: 'double',
  input: v.object({ numbers: v.instance(Float32Array) }),
  progress: v.object({ done: v.number() }),
  result: v.object({ numbers: v.instance(Float32Array), variable: v.nullable(v.string()) }),
} as const satisfies JobSpec

/** Ends in the way that is asked for. */
export const endJob = {
  kind: 'end',
  input: v.object({
    how: v.picklist([
      'throw',
      'kill itself',
      'exit',
      'spin',
      'wait',
      'wait deaf',
      'done all the same',
      'odd result',
    ]),
  }),
  progress: v.object({ pid: v.number() }),
  result: v.string(),
} as const satisfies JobSpec
