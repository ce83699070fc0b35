import * as v from 'valibot'

/**
 * What a run's steps are computed with: ONNX Runtime on the processor (`cpu`), ONNX Runtime with a graphics device
 * (`webgpu`, `cuda`, `dml`, `coreml`), or the TensorFlow engine where it is installed.
 */
export const DEVICES = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml', 'tensorflow'] as const
export const DeviceSchema = v.picklist(DEVICES)
/** One of {@link DEVICES}. */
export type Device = v.InferOutput<typeof DeviceSchema>

/** What came of trying a device; all but `works` carry one line for a person. */
export const VerdictSchema = v.variant('kind', [
  v.object({
    kind: v.literal('works'),
    /** Which step was tried: the `small` one alone where the device takes long for it, as one in software does. */
    step: v.picklist(['small', 'standard']),
    imagesPerSecond: v.number(),
    /** The CPU's, with the same step. */
    cpuImagesPerSecond: v.number(),
    /** Largest error of a tensor against the CPU's, relative to its largest value. */
    error: v.number(),
  }),
  v.object({
    kind: v.literal('wrong'),
    tensor: v.string(),
    /** As that of `works`; null where the tensor has values that are no numbers. */
    error: v.nullable(v.number()),
    message: v.string(),
  }),
  /** Its process died; `signal` is null where the system does not tell. */
  v.object({ kind: v.literal('crashed'), signal: v.nullable(v.string()), message: v.string() }),
  v.object({ kind: v.literal('hung'), message: v.string() }),
  /** It is there, but cannot compute a training step. */
  v.object({ kind: v.literal('refused'), message: v.string() }),
  v.object({ kind: v.literal('absent'), message: v.string() }),
])
/** See {@link VerdictSchema}. */
export type Verdict = v.InferOutput<typeof VerdictSchema>

/** What is known of a device of this machine. */
export const KnownDeviceSchema = v.object({
  device: DeviceSchema,
  /** Null when it was not tried yet. */
  verdict: v.nullable(VerdictSchema),
  /** Milliseconds since 1970 when it was tried; null when it was not. */
  foundAt: v.nullable(v.number()),
})
/** See {@link KnownDeviceSchema}. */
export type KnownDevice = v.InferOutput<typeof KnownDeviceSchema>

/** The sound device that was the fastest beside the CPU, which is 1; the CPU where none is known to be faster. */
export function fastestDevice(
  known: readonly { readonly device: Device; readonly verdict: Verdict | null }[],
): Device {
  let best: { device: Device; speed: number } = { device: 'cpu', speed: 1 }
  for (const { device, verdict } of known) {
    if (verdict?.kind !== 'works' || device === 'cpu') continue
    const speed = verdict.imagesPerSecond / verdict.cpuImagesPerSecond
    if (speed > best.speed) best = { device, speed }
  }
  return best.device
}
