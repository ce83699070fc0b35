import type { Resolution } from '../../shared/domain/resolution'
import type { StagePlan } from '../../shared/domain/trainConfig'
import type { Speeds } from '../../shared/schedule'
import { phaseEnds } from './scheduleEdits'

/** Images of a whole plan, before each phase is rounded up to whole steps. */
export function imagesOf(stages: readonly StagePlan[]): number {
  return phaseEnds(stages).at(-1)?.end ?? 0
}

/** Images per second at a resolution: as measured, or a quarter of the nearest smaller one's per size; null when unknown. */
export function speedAt(speeds: Speeds, resolution: Resolution): number | null {
  let factor = 1
  for (let r: number = resolution; r >= 4; r /= 2) {
    const speed = speeds.get(r as Resolution)
    if (speed !== undefined) return speed * factor
    factor /= 4
  }
  return null
}

/** Seconds of a whole plan; null while a speed is not known. */
export function secondsOf(stages: readonly StagePlan[], speeds: Speeds): number | null {
  let seconds = 0
  for (const { start, end, resolution } of phaseEnds(stages)) {
    const speed = speedAt(speeds, resolution)
    if (speed === null) return null
    seconds += (end - start) / speed
  }
  return seconds
}
