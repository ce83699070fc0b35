import type { Rehearsal, RehearsalQuestion } from '../../../shared/domain/rehearsal'

const MIB = 2 ** 20

/** A report of a computer with so much memory, of which the first `measured` stages are measured. */
export function rehearsalOf(
  { config }: RehearsalQuestion,
  measured: number,
  {
    memoryBytes: roomBytes,
    fittingMicroBatch,
  }: { memoryBytes: number; fittingMicroBatch: number | null },
): Rehearsal {
  const stages = config.stages.map(({ resolution, batch, microBatch, stableImages }, stage) => {
    const share = (microBatch ?? batch) / batch
    const memoryBytes = MIB * (180 + (share * (9 * resolution * config.fmapMax)) / 64)
    const imagesPerSecond = measured > 0 ? (800 / 3 ** stage) * (64 / config.fmapMax) : null
    return {
      stage,
      resolution,
      batch,
      microBatch,
      basis: stage < measured ? ('measured' as const) : ('estimated' as const),
      imagesPerSecond,
      seconds: imagesPerSecond === null ? null : (2 * stableImages) / imagesPerSecond,
      memoryBytes,
      diskBytes: MIB * (5 + resolution / 4),
      fit:
        memoryBytes <= roomBytes
          ? { kind: 'fits' as const }
          : { kind: 'memory' as const, neededBytes: memoryBytes, roomBytes, exceeded: false },
    }
  })
  const fitting = stages.filter(({ fit }) => fit.kind === 'fits')
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  return {
    device: 'cpu',
    threads: 4,
    stages,
    measuring: null,
    seconds: measured > 0 ? sum(stages.map(({ seconds }) => seconds ?? 0)) : null,
    memoryBytes: Math.max(...stages.map(({ memoryBytes }) => memoryBytes)),
    memoryRoomBytes: roomBytes,
    runBytes: sum(stages.map(({ diskBytes }) => diskBytes)),
    dataBytes: 20 * MIB,
    diskRoomBytes: 2 ** 40,
    fits: fitting.length === stages.length,
    largestFitting: fitting.at(-1)?.resolution ?? null,
    smaller: config.preset === 'tiny' ? null : { preset: 'tiny', resolution: 32 },
    microBatch: fitting.length === stages.length ? null : fittingMicroBatch,
  }
}
