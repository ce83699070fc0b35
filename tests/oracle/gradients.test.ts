import { describe, expect, test } from 'vitest'
import { gradientProgram } from '../../main/trainer/step'
import { closeness } from '../runtime/numbers'
import type { Fixture } from './fixture'
import { subjects } from './subjects'

/** Largest error of a tensor, relative to its largest value. */
const TOLERANCE = 1e-4

describe.each(subjects('gradients'))(
  'gradients of the $name engine agree with PyTorch',
  ({ engine, cases }) => {
    test.each(cases)('$name', { timeout: 30_000 }, async (fixture) => {
      // Often, so that the engine chooses kernels as it does for training.
      const program = { ...gradientProgram(fixture.config, fixture.about), runsOften: true }
      await using session = await engine.load(program)
      const given = fixture.state()
      await session.setState(
        Object.fromEntries(session.stateNames.map((name) => [name, given[name]!])),
      )
      const [outputs] = await session.run([fixture.inputs(0)])
      const gradients = Object.keys(outputs!).filter((name) => name.startsWith('grad/'))
      expect(gradients.sort()).toEqual(
        fixture
          .names('grad/')
          .map((name) => `grad/${name}`)
          .sort(),
      )
      const errors = Object.entries(outputs!).map(([name, values]) => ({
        name,
        error: closeness(values, expectedGradient(fixture, name)),
      }))
      expect(errors.filter(({ error }) => !(error <= TOLERANCE))).toEqual([])
    })
  },
)

/** Sprout keeps weights times a constant, so its gradients are the reference's over it. */
function expectedGradient(fixture: Fixture, name: string): Float32Array {
  const values = fixture.values(name)
  if (!name.startsWith('grad/')) return values
  const scale = fixture.scale(name.slice('grad/'.length))
  return values.map((value) => value / scale)
}
