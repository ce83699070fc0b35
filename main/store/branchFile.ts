import type { ConvKernel } from '../../shared/domain/convKernel'
import type { TrainEvent } from '../../shared/domain/trainEvent'
import { insertCheckpoint, type LoadedCheckpoint } from './checkpoints'
import type { Connection } from './database'
import { EventLog } from './eventLog'
import type { QualityRow } from './qualityRows'
import { insertRun, type NewRun } from './runRow'

/** What a branch takes over from its parent, beside the checkpoint that it begins at. */
export type BranchHistory = {
  /** What led to the checkpoint, oldest first. */
  events: Iterable<TrainEvent>
  /** How the parent's convolutions are computed, by what `kernels` events name them by. */
  kernels: Readonly<Record<string, ConvKernel>>
  /** The checkpoint's own, where it was measured. */
  quality: QualityRow | undefined
}

/** Fills the file of a run that goes on from the checkpoint `at` of another, and stands there, paused. */
export function fillBranch(
  created: Connection,
  run: NewRun,
  at: LoadedCheckpoint,
  { events, kernels, quality: known }: BranchHistory,
): void {
  const { imagesSeen } = at.info
  insertRun(created, run)
  const log = new EventLog(created)
  for (const { body, at: when } of events) log.append(body, when)
  const now = Date.now()
  // All of them, those of later phases too: other kernels round differently.
  if (Object.keys(kernels).length > 0) log.append({ kind: 'kernels', imagesSeen, kernels }, now)
  const checkpoint = insertCheckpoint(
    created,
    { ...at.info, kind: 'regular', tensors: at.tensors },
    now,
  )
  if (known !== undefined) {
    const { quality, resolution, candidate } = known
    created
      .prepare('UPDATE checkpoints SET quality = ?, resolution = ?, candidate = ?')
      .run(quality, resolution, candidate)
  }
  // Kept, so that the branch can always begin anew.
  created.exec('UPDATE checkpoints SET pinned = 1')
  log.append({ kind: 'checkpoint', checkpoint }, now)
  log.append({ kind: 'state', imagesSeen, state: 'paused' }, now)
  created.prepare(`UPDATE run SET state = 'paused', images_seen = ?`).run(imagesSeen)
}
