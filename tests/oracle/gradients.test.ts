import { describe, test } from 'vitest'
import { expectGradients } from './expectations'
import { gradientsOf } from './results'
import { subjects } from './subjects'

/**
 * Largest error of a tensor, relative to its largest value. The reference draws cases in which no leaky ReLU stands on
 * its kink, where rounding would decide the slope.
 */
const TOLERANCE = 1e-4

describe.each(subjects('gradients'))(
  'gradients of the $name engine agree with PyTorch',
  ({ engine, cases }) => {
    test.each(cases)('$name', { timeout: 30_000 }, async (fixture) => {
      expectGradients(fixture, await gradientsOf(engine, fixture), TOLERANCE)
    })
  },
)
