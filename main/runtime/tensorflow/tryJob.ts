import * as v from 'valibot'
import type { JobSpec } from '../../../shared/jobs'

/** Loads a native module, which may crash whoever does; fails where it does not load. */
export const tryModule = {
  kind: 'try-module',
  input: v.object({ file: v.string() }),
  progress: v.null(),
  result: v.null(),
} as const satisfies JobSpec
