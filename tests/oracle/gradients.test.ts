import { describe, expect, test } from 'vitest'
import { EagerEngine } from '../../main/runtime/eager'
import type { Engine } from '../../main/runtime/engine'
import { gradientProgram } from '../../main/trainer/step'
import { closeness } from '../runtime/numbers'
import { fixtures } from './fixture'

/** Largest error of a tensor, relative to its largest value. */
const TOLERANCE = 1e-4

const engines: Engine[] = [new EagerEngine()]

describe.each(engines)('gradients of the $name engine agree with PyTorch in float64', (engine) => {
  test.each(fixtures())('$name', async (fixture) => {
    await using session = await engine.load(gradientProgram(fixture.config, fixture.about))
    const given = fixture.state()
    await session.setState(Object.fromEntries(session.stateNames.map((name) => [name, given[name]!])))
    const [outputs] = await session.run([fixture.inputs(0)])
    const gradients = Object.keys(outputs!).filter((name) => name.startsWith('grad/'))
    expect(gradients.sort()).toEqual(fixture.names('grad/').map((name) => `grad/${name}`).sort())
    const errors = Object.entries(outputs!).map(([name, values]) => ({
      name,
      error: closeness(values, fixture.values(name)),
    }))
    expect(errors.filter(({ error }) => !(error <= TOLERANCE))).toEqual([])
  })
})
