import * as v from 'valibot'
import type { JobSpec } from '../../../shared/jobs'

/** Compares two steps on WebGPU with the CPU's: largest relative differences, and how far the steps moved the state. */
export const convolutionJob = {
  kind: 'convolution',
  input: v.object({ channels: v.number() }),
  progress: v.null(),
  result: v.object({ state: v.number(), loss: v.number(), moved: v.number() }),
} as const satisfies JobSpec
