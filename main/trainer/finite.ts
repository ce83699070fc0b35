import { because, ExplainedError } from '../../shared/domain/explanation'
import type { Segment } from '../../shared/schedule'
import type { Values } from '../runtime/engine'

/** Losses or weights are no numbers any more: training on, or saving them, would lose the run. */
export class NotANumberError extends ExplainedError {
  override readonly name = 'NotANumberError'

  /** `tensor` is the weight at fault; null where it is a loss. */
  constructor(tensor: string | null, { resolution, phase }: Segment, step: number) {
    const where = { size: `${resolution}`, phase, step }
    super(
      tensor === null
        ? because('loss_not_a_number', where)
        : because('weight_not_a_number', { tensor, ...where }),
    )
  }
}

/** Throws when a loss of one of the steps after `step` is no number. */
export function assertLosses(outputs: readonly Values[], segment: Segment, step: number): void {
  const bad = outputs.findIndex(
    ({ generatorLoss, discriminatorLoss }) =>
      !Number.isFinite(generatorLoss![0]! + discriminatorLoss![0]!),
  )
  if (bad >= 0) throw new NotANumberError(null, segment, step + bad + 1)
}

/** Throws when a weight is no number: losses tell only at the next step, and a checkpoint may come before that. */
export function assertWeights(state: Values, segment: Segment, step: number): void {
  for (const [name, values] of Object.entries(state)) {
    if (values.some((value) => !Number.isFinite(value))) {
      throw new NotANumberError(name, segment, step)
    }
  }
}
