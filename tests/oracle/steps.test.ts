import { describe, test } from 'vitest'
import { expectSteps, type StepTolerances } from './expectations'
import { stepsOf } from './results'
import { subjects } from './subjects'

const TOLERANCES: StepTolerances = {
  loss: 1e-4,
  // Squares double the gradients' tolerance of 1e-4.
  firstMoment: 2e-4,
  laterMoment: 1e-3,
  // Trained weights are about 1 and each step moves them by about the learning rate, 1e-3: a hundredth of that.
  weight: 1e-5,
  undecidedShare: 2e-3,
}

describe.each(subjects('steps'))(
  'steps of the $name engine agree with torch.optim.Adam',
  ({ engine, cases }) => {
    test.each(cases)('$name', { timeout: 60_000 }, async (fixture) => {
      expectSteps(fixture, await stepsOf(engine, fixture), TOLERANCES)
    })
  },
)
