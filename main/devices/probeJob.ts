import * as v from 'valibot'
import { DeviceSchema, VerdictSchema } from '../../shared/domain/device'
import type { JobSpec } from '../../shared/jobs'

/** Tries a device in a process of its own, which a driver may crash or hang; those two verdicts come from outside. */
export const probeDevice = {
  kind: 'probe device',
  input: v.object({ device: DeviceSchema, threads: v.number() }),
  progress: v.picklist(['looking', 'small step', 'standard step']),
  result: VerdictSchema,
} as const satisfies JobSpec
