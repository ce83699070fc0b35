import { describe, expect, test } from 'vitest'
import type { Session } from '../../main/runtime/engine'
import { trainStepProgram } from '../../main/trainer/step'
import { closeness } from '../runtime/numbers'
import type { Fixture } from './fixture'
import { subjects } from './subjects'

/** Losses and scores at each step, relative, or absolute below 1: a score is a mean of numbers about 1 of both signs. */
const LOSS_TOLERANCE = 1e-4
/** Adam's moments, relative to a tensor's largest: squares double the gradients' tolerance of 1e-4. */
const FIRST_MOMENT_TOLERANCE = 2e-4
/** After the first update gradients are taken at weights that differ as {@link UNDECIDED_SHARE} tells. */
const LATER_MOMENT_TOLERANCE = 1e-3
/**
 * Trained weights are about 1 and each step moves them by about the learning rate, 1e-3: a hundredth of that. Near
 * its start Adam moves a weight by the rate times the sign of its gradient, so where the gradient is no more than
 * rounding noise either sign is right: a few weights may differ, by no more than the steps can have moved them.
 */
const WEIGHT_TOLERANCE = 1e-5
const UNDECIDED_SHARE = 2e-3

describe.each(subjects('steps'))(
  'steps of the $name engine agree with torch.optim.Adam',
  ({ engine, cases }) => {
    test.each(cases)('$name', { timeout: 60_000 }, async (fixture) => {
      const { steps, learningRate } = fixture.about
      await using session = await engine.load(trainStepProgram(fixture.config, fixture.about))
      await session.setState(fixture.state())
      for (let step = 1; step <= steps; step++) {
        const rate = {
          learningRate: Float32Array.of(learningRate),
          adamStep: Float32Array.of(step),
        }
        const [outputs] = await session.run([{ ...fixture.inputs(step - 1), ...rate }])
        for (const [name, values] of Object.entries(outputs!)) {
          const expected = fixture.values(`step${step}/${name}`)[0]!
          const error = Math.abs(values[0]! - expected) / Math.max(1, Math.abs(expected))
          expect(error, `${name} of step ${step}`).toBeLessThan(LOSS_TOLERANCE)
        }
        if (fixture.names(`after${step}/`).length > 0) await expectState(session, fixture, step)
      }
    })
  },
)

async function expectState(session: Session, fixture: Fixture, step: number): Promise<void> {
  const state = await session.getState()
  const prefix = `after${step}/`
  const expected = fixture.names(prefix)
  expect(expected.map(nameOfOurs).sort()).toEqual([...session.stateNames].sort())
  const undecided = { count: 0, of: 0 }
  for (const name of expected) {
    const theirs = fixture.values(prefix + name)
    const ours = asTheReferenceHasIt(fixture, name, state[nameOfOurs(name)]!)
    if (name.startsWith('moment/')) {
      const first = step === 1 && name.startsWith('moment/discriminator/')
      const tolerance = first ? FIRST_MOMENT_TOLERANCE : LATER_MOMENT_TOLERANCE
      expect(closeness(ours, theirs), `${name} after step ${step}`).toBeLessThan(tolerance)
      continue
    }
    const differences = ours.map((value, i) => Math.abs(value - theirs[i]!))
    const reach = 2 * fixture.about.learningRate * step * 1.1
    expect(Math.max(...differences), `${name} after step ${step}`).toBeLessThan(reach)
    undecided.count += differences.filter((difference) => difference > WEIGHT_TOLERANCE).length
    undecided.of += differences.length
  }
  expect(undecided.count / undecided.of).toBeLessThan(UNDECIDED_SHARE)
}

function nameOfOurs(name: string): string {
  return name.startsWith('moment/') ? `${name.replace('moment/', 'adam/')}/v` : name
}

/** Sprout keeps acting weights, and Adam's decayed sums for them; the reference unscaled weights and means. */
function asTheReferenceHasIt(fixture: Fixture, name: string, values: Float32Array): Float32Array {
  const scale = fixture.scale(name.replace('moment/', ''))
  const mean = (1 - fixture.config.adam.beta2) * scale * scale
  return values.map((value) => (name.startsWith('moment/') ? value * mean : value / scale))
}
