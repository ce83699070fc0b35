import type { Segment } from '../../shared/schedule'
import type { Values } from '../runtime/engine'

/** Losses or weights are no numbers any more: training on, or saving them, would lose the run. */
export class NotANumberError extends Error {
  override readonly name = 'NotANumberError'

  constructor(what: string, { resolution, phase }: Segment, step: number) {
    super(
      `${what} no longer a number at ${resolution} px (${phase}), step ${step}. Nothing of that was stored: the run ` +
        'stands at its last checkpoint. Resuming goes on from there; if it happens again, take a lower learning rate.',
    )
  }
}

/** Throws when a loss of one of the steps after `step` is no number. */
export function assertLosses(outputs: readonly Values[], segment: Segment, step: number): void {
  const bad = outputs.findIndex(
    ({ generatorLoss, discriminatorLoss }) =>
      !Number.isFinite(generatorLoss![0]! + discriminatorLoss![0]!),
  )
  if (bad >= 0) throw new NotANumberError('A loss is', segment, step + bad + 1)
}

/** Throws when a weight is no number: losses tell only at the next step, and a checkpoint may come before that. */
export function assertWeights(state: Values, segment: Segment, step: number): void {
  for (const [name, values] of Object.entries(state)) {
    if (values.some((value) => !Number.isFinite(value))) {
      throw new NotANumberError(`The tensor ${name} is`, segment, step)
    }
  }
}
