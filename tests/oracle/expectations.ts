import { expect } from 'vitest'
import type { Values } from '../../main/runtime/engine'
import { closeness } from '../runtime/numbers'
import type { Fixture } from './fixture'
import type { StepResults } from './results'

/** An output that the reference has in its loss alone. */
const PART_OF_LOSS = 'gradientPenalty'

/** How far whole steps may be from the reference's. */
export type StepTolerances = {
  /** Losses and scores, relative, or absolute below 1: a score is a mean of numbers about 1 of both signs. */
  readonly loss: number
  /** Adam's moments after the first update of the discriminator, relative to a tensor's largest. */
  readonly firstMoment: number
  /** All other moments: their gradients are taken at weights that differ as `undecidedShare` tells. */
  readonly laterMoment: number
  /**
   * Weights, absolute. Near its start Adam moves a weight by the rate times the sign of its gradient, so where the
   * gradient is no more than rounding noise either sign is right: this share of all weights may differ, by no more
   * than the steps can have moved them.
   */
  readonly weight: number
  readonly undecidedShare: number
}

/** Every gradient, loss and score within `tolerance` of a tensor's largest value. */
export function expectGradients(fixture: Fixture, outputs: Values, tolerance: number): void {
  const gradients = Object.keys(outputs).filter((name) => name.startsWith('grad/'))
  const stored = fixture.names('grad/').map((name) => `grad/${name}`)
  expect(gradients.sort()).toEqual(stored.sort())
  const compared = Object.entries(outputs).filter(([name]) => name !== PART_OF_LOSS)
  const errors = compared.map(([name, values]) => ({
    name,
    error: closeness(values, expectedGradient(fixture, name)),
  }))
  expect(errors.filter(({ error }) => !(error <= tolerance))).toEqual([])
}

/** Sprout keeps weights times a constant, so its gradients are the reference's over it. */
function expectedGradient(fixture: Fixture, name: string): Float32Array {
  const values = fixture.values(name)
  if (!name.startsWith('grad/')) return values
  const scale = fixture.scale(name.slice('grad/'.length))
  return values.map((value) => value / scale)
}

/** Losses, scores, weights and moments of steps as the reference has them. */
export function expectSteps(
  fixture: Fixture,
  { outputs, states }: StepResults,
  tolerances: StepTolerances,
): void {
  outputs.forEach((values, i) => {
    for (const [name, [value]] of Object.entries(values)) {
      if (name === PART_OF_LOSS) continue
      const expected = fixture.values(`step${i + 1}/${name}`)[0]!
      const error = Math.abs(value! - expected) / Math.max(1, Math.abs(expected))
      expect(error, `${name} of step ${i + 1}`).toBeLessThan(tolerances.loss)
    }
  })
  states.forEach((state, i) => state && expectState(fixture, state, i + 1, tolerances))
}

function expectState(
  fixture: Fixture,
  state: Values,
  step: number,
  tolerances: StepTolerances,
): void {
  const prefix = `after${step}/`
  const expected = fixture.names(prefix)
  expect(expected.map(nameOfOurs).sort()).toEqual(Object.keys(state).sort())
  const undecided = { count: 0, of: 0 }
  for (const name of expected) {
    const theirs = fixture.values(prefix + name)
    const ours = asTheReferenceHasIt(fixture, name, state[nameOfOurs(name)]!)
    if (isMoment(name)) {
      const first = step === 1 && /^\w+\/discriminator\//.test(name)
      const tolerance = first ? tolerances.firstMoment : tolerances.laterMoment
      expect(closeness(ours, theirs), `${name} after step ${step}`).toBeLessThan(tolerance)
      continue
    }
    const differences = ours.map((value, i) => Math.abs(value - theirs[i]!))
    const updates = step * (fixture.about.criticSteps ?? 1)
    const reach = 2 * fixture.about.learningRate * updates * 1.1
    expect(Math.max(...differences), `${name} after step ${step}`).toBeLessThan(reach)
    undecided.count += differences.filter((by) => !(by <= tolerances.weight)).length
    undecided.of += differences.length
  }
  expect(undecided.count / undecided.of).toBeLessThan(tolerances.undecidedShare)
}

/** The reference's second moments are `moment/...`, its first ones `first/...`. */
function isMoment(name: string): boolean {
  return /^(moment|first)\//.test(name)
}

function nameOfOurs(name: string): string {
  if (!isMoment(name)) return name
  const [kind, ...rest] = name.split('/')
  return ['adam', ...rest, kind === 'first' ? 'm' : 'v'].join('/')
}

/** Sprout keeps acting weights, and Adam's decayed sums for them; the reference unscaled weights and means. */
function asTheReferenceHasIt(fixture: Fixture, name: string, values: Float32Array): Float32Array {
  const scale = fixture.scale(name.replace(/^(moment|first)\//, ''))
  const { beta1, beta2 } = fixture.config.adam
  if (name.startsWith('first/')) return values.map((value) => value * (1 - beta1) * scale)
  const mean = (1 - beta2) * scale * scale
  return values.map((value) => (name.startsWith('moment/') ? value * mean : value / scale))
}
