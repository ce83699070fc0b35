import type { CheckpointInfo } from '../../shared/domain/run'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { positionAt, type Position } from '../../shared/schedule'
import type { Values } from '../runtime/engine'
import type { LoadedCheckpoint, NewCheckpoint, RunFile } from '../store/runFile'
import { growState, initialState, stateSpecs } from './networkState'

/** All that decides how training goes on: the networks' state, and how far it came. */
export type Progress = {
  imagesSeen: number
  step: number
  /** The stretch of schedule whose layers `state` has: the one of the last step taken. */
  shape: Pick<Position, 'resolution' | 'phase'>
  state: Values
}

/** A run's beginning: fresh weights at the first resolution. */
export function freshProgress(config: TrainConfig): Progress {
  const shape = positionAt(config, 0)
  return { imagesSeen: 0, step: 0, shape, state: initialState(config, shape.resolution) }
}

/** All state as named tensors. The next stage may start from a `candidate`. */
export function checkpointOf(
  config: TrainConfig,
  progress: Progress,
  kind: CheckpointInfo['kind'],
  { candidate = false } = {},
): NewCheckpoint {
  const { imagesSeen, step, shape, state } = progress
  const specs = stateSpecs(config, shape.resolution, shape.phase)
  const tensors = new Map(
    Object.entries(specs).map(([name, spec]) => [
      name,
      { shape: [...spec.shape], values: state[name]! },
    ]),
  )
  const { resolution } = shape
  return { kind, imagesSeen, step, tensors, resolution, candidate }
}

/**
 * The newest checkpoint that is intact, or a fresh start when there is none; `problems` names each newer one
 * that was damaged and passed over.
 */
export function loadProgress(
  run: Pick<RunFile, 'loadNewestGoodCheckpoint'>,
  config: TrainConfig,
): { progress: Progress; problems: string[] } {
  const found = run.loadNewestGoodCheckpoint()
  if (found.checkpoint === null) {
    return { progress: freshProgress(config), problems: found.problems }
  }
  return { progress: progressOf(config, found.checkpoint), problems: found.problems }
}

/** What a checkpoint of a run with these settings holds. */
export function progressOf(config: TrainConfig, { info, tensors }: LoadedCheckpoint): Progress {
  const { imagesSeen, step } = info
  const state = Object.fromEntries([...tensors].map(([name, tensor]) => [name, tensor.values]))
  return { imagesSeen, step, shape: shapeOf(config, info), state }
}

/**
 * Which layers a checkpoint has. At a boundary of the schedule it was saved before the next segment's layers
 * were added, so it is shaped by the last image it saw.
 */
export function shapeOf(config: TrainConfig, info: Pick<CheckpointInfo, 'imagesSeen'>): Position {
  const position = positionAt(config, Math.max(0, info.imagesSeen - 1))
  const end = position.end === info.imagesSeen
  return end ? { ...position, alpha: 1 } : positionAt(config, info.imagesSeen)
}

/** The same progress with the layers that the segment at its images asks for. */
export function grow(config: TrainConfig, progress: Progress): Progress {
  const to = positionAt(config, progress.imagesSeen)
  const { shape } = progress
  if (to.resolution === shape.resolution && to.phase === shape.phase) return progress
  return { ...progress, shape: to, state: growState(config, progress.state, shape, to) }
}
