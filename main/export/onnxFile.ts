import { InferenceSession, Tensor } from 'onnxruntime-node'
import { explained } from '../../shared/domain/explanation'
import type { ExportRequest } from '../../shared/domain/exportRequest'
import type { LoadedCheckpoint } from '../store/runFile'
import { writeWholeBytes, type ExportWatch } from './wholeFile'
import type { CheckpointSampler } from './checkpointSampler'
import { latentsOf } from './latents'
import { onnxGenerator } from './onnxGenerator'
import { pointsOf } from './samples'
import type { Origin } from './traceNote'

/** Batches that an exported model is tried with before it is left on the disk. */
const TRIED_BATCHES = [1, 7]
/** Largest difference from Sprout's own pictures, whose range is about [-1, 1]: one of 255 levels is 2/255. */
export const MOST_DIFFERENCE = 1 / 255

/**
 * Writes the generator as an ONNX model, once it has drawn the same pictures as Sprout in ONNX Runtime at two batch
 * sizes. Leaves no file when it throws or is cancelled.
 */
export async function exportOnnx(
  sampler: CheckpointSampler,
  checkpoint: LoadedCheckpoint,
  origin: Origin,
  request: Extract<ExportRequest, { kind: 'onnx' }>,
  { onProgress, signal }: ExportWatch = {},
): Promise<void> {
  const { config, position } = sampler
  const steps = TRIED_BATCHES.length + 1
  const model = onnxGenerator(config, position, checkpoint.tensors, {
    sprout: JSON.stringify(origin),
    latents: `standard normal, ${config.latentSize} numbers; the model normalises them`,
    ...(config.classes !== null && { classes: JSON.stringify(config.classes) }),
  })
  onProgress?.(request.file, 1, steps)
  for (const [i, batch] of TRIED_BATCHES.entries()) {
    signal?.throwIfAborted()
    const difference = await differenceFrom(sampler, model, batch)
    if (!(difference <= MOST_DIFFERENCE)) {
      throw explained('onnx_differs', { difference: `${difference}`, batch })
    }
    onProgress?.(request.file, i + 2, steps)
  }
  await writeWholeBytes(request.file, model, signal)
}

/** The largest difference between the model's pictures and Sprout's own, over `batch` samples; NaN counts as infinite. */
export async function differenceFrom(
  sampler: CheckpointSampler,
  model: Uint8Array,
  batch: number,
): Promise<number> {
  const { config, position } = sampler
  const samples = Array.from({ length: batch }, (_, seed) => ({ seed, className: null }))
  const points = pointsOf(samples)
  const { latents } = latentsOf(config, points, 1)
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 })
  try {
    const { classes } = config
    const { images } = await session.run({
      latents: new Tensor('float32', latents, [batch, config.latentSize]),
      ...(classes !== null && {
        labels: new Tensor(
          'int64',
          BigInt64Array.from(samples, ({ seed }) => BigInt(seed % classes.length)),
          [batch],
        ),
      }),
    })
    const theirs = images!.data as Float32Array
    const ours = await sampler.drawFloats(points, 1)
    return largestDifference(ours, theirs, position.resolution ** 2, config.channels)
  } finally {
    await session.release()
  }
}

/** `rows` has channels last, `planes` has them first. */
function largestDifference(
  rows: Float32Array,
  planes: Float32Array,
  pixels: number,
  channels: number,
): number {
  if (rows.length !== planes.length) return Infinity
  let largest = 0
  for (let i = 0; i < rows.length; i++) {
    const picture = Math.floor(i / (pixels * channels))
    const [pixel, channel] = [Math.floor(i / channels) % pixels, i % channels]
    const difference = Math.abs(rows[i]! - planes[(picture * channels + channel) * pixels + pixel]!)
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}
