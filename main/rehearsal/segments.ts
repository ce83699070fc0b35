import type { TrainConfig } from '../../shared/domain/trainConfig'
import { segmentsOf, type Segment } from '../../shared/schedule'

/** The segment that costs a stage most: its fade, or its stable phase where nothing fades. */
export function hardestSegment(config: TrainConfig, stage: number): Segment {
  const segments = segmentsOf(config).filter((segment) => segment.stage === stage)
  const segment = segments.find(({ phase }) => phase === 'fade') ?? segments[0]
  if (segment === undefined) {
    throw new RangeError(`There is no stage ${stage} among ${config.stages.length}.`)
  }
  return segment
}
