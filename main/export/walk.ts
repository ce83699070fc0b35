import type { ExportRequest } from '../../shared/domain/exportRequest'
import { walkPoints } from '../../shared/domain/sample'
import { Animation, fitFrame } from './animation'
import type { CheckpointSampler } from './checkpointSampler'
import { writeWholeBytes, type ExportWatch } from './wholeFile'

/** Frames of a walk of some seconds: at least its two ends. */
export function walkFrames(seconds: number, framesPerSecond: number): number {
  return Math.max(2, Math.round(seconds * framesPerSecond))
}

/** Draws a walk through latents as a moving picture. Leaves no file when it throws or is cancelled. */
export async function exportWalk(
  sampler: CheckpointSampler,
  request: Extract<ExportRequest, { kind: 'walk' }>,
  { onProgress, signal }: ExportWatch = {},
): Promise<void> {
  const { file, walk, seconds, framesPerSecond, width } = request
  const count = walkFrames(seconds, framesPerSecond)
  const points = walkPoints(walk, count)
  const { resolution } = sampler.position
  const { channels } = sampler.config
  const animation = new Animation(count)
  for (let from = 0; from < count; from += sampler.callSize) {
    const part = points.slice(from, from + sampler.callSize)
    const bytes = await sampler.draw(part, request.truncation, { ...(signal && { signal }) })
    const size = bytes.length / part.length
    for (let i = 0; i < part.length; i++) {
      const pixels = bytes.subarray(i * size, (i + 1) * size)
      const frame = { pixels, width: resolution, height: resolution, channels }
      animation.add(await fitFrame(frame, width), 1000 / framesPerSecond)
    }
    onProgress?.(file, from + part.length, count)
  }
  await writeWholeBytes(file, await animation.encode(request.format, signal), signal)
}
