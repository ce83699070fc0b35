import type { DrawnSamples } from '../../shared/domain/exportRequest'
import type { LatentPoint, Sample } from '../../shared/domain/sample'

/** The samples that an export asks for, in order. */
export function samplesOf(drawn: DrawnSamples): Sample[] {
  if (drawn.which === 'list') return drawn.samples
  const { seed, count, className } = drawn
  return Array.from({ length: count }, (_, i) => ({ seed: seed + i, className }))
}

/** Samples as points to draw. */
export function pointsOf(samples: readonly Sample[]): LatentPoint[] {
  return samples.map((sample) => ({ kind: 'sample', ...sample }))
}

/** A short name of a sample that is safe in any file system: its seed, and its class's number where there is one. */
export function fileNameOf({ seed }: Sample, label: number | null): string {
  const name = `seed-${String(seed).padStart(6, '0')}`
  return label === null ? name : `${name}-class-${label}`
}
