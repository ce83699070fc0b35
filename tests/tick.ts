import type { Tick } from '../shared/domain/trainEvent'

/** A tick of a run at 4 px, in batches of 16; `more` says what matters to a test. */
export function tickAt(imagesSeen: number, more: Partial<Tick> = {}): Tick {
  return {
    kind: 'tick',
    imagesSeen,
    step: imagesSeen / 16,
    stage: 0,
    resolution: 4,
    phase: 'stable',
    alpha: 1,
    generatorLoss: 0.1,
    discriminatorLoss: -2.5,
    realScore: 1,
    fakeScore: -1,
    imagesPerSecond: 123,
    ...more,
  }
}
