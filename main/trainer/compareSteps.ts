import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Segment } from '../../shared/schedule'
import type { InputValues, Session, Values } from '../runtime/engine'
import { randomStream } from './random'
import { trialInputs, trialState } from './trial'

/**
 * A tensor of a step, its error, relative to its largest value (absolute below 1 for a loss or score), and the largest
 * error that rounding explains.
 */
export type StepError = {
  readonly tensor: string
  readonly error: number
  readonly tolerance: number
}

/** Errors up to this are rounding. */
export const STEP_TOLERANCE = 1e-3
/**
 * How far weights are moved, relative, to see what rounding may do: a few of float32's last places, as the sums of a
 * layer differ between two ways of computing them.
 */
const NUDGE = 4e-7
/** Errors up to so many times what a nudge does are put down to rounding too, but none above the bound. */
const NUDGES = 3
const MOST_TOLERANCE = 0.05
/** Steps compared: the second begins with what the device itself made of the state. */
const STEPS = 2
/** Large enough for a wrong update to show beside the weights. */
const LEARNING_RATE = 0.05
/**
 * Draws of weights and inputs that are tried. A leaky rectifier that stands on its kink, within rounding of 0, has the
 * slope 0.2 or 1 as rounding decides, on either device rightly. At 32 px some of the millions did in four of ten draws,
 * and one of them moves a small tensor's gradient by up to a hundredth, with batch normalisation as without. All else
 * is far within the tolerance: in float32 with the signs of float64 those gradients agreed to 2e-5.
 */
const DRAWS = 5

/**
 * The worst tensor of what `subject` makes of a segment's train step, against `reference`: state, losses and scores
 * after two steps on random pictures. Both sessions are of that segment's step; their state is replaced. A device is
 * wrong when the error is not within the tolerance: {@link STEP_TOLERANCE}, or more where the reference itself answers
 * so differently when its weights are nudged by rounding. Other draws are tried before that is said.
 */
export async function compareSteps(
  reference: Session,
  subject: Session,
  config: TrainConfig,
  segment: Segment,
): Promise<StepError> {
  let found: StepError = { tensor: '', error: 0, tolerance: STEP_TOLERANCE }
  for (let draw = 1; draw <= DRAWS; draw++) {
    const drawn = { ...config, seed: draw }
    const inputs = firstSteps(drawn, segment, STEPS)
    const state = await warmState(reference, drawn, segment, inputs[0]!)
    const expected = await stepsFrom(reference, state, inputs)
    const actual = await stepsFrom(subject, state, inputs)
    found = { ...worstOf(expected, actual), tolerance: STEP_TOLERANCE }
    if (found.error <= STEP_TOLERANCE) return found
    const nudged = await stepsFrom(reference, nudge(state, draw), inputs)
    const spread = NUDGES * worstOf(expected, nudged).error
    found = { ...found, tolerance: Math.min(MOST_TOLERANCE, Math.max(STEP_TOLERANCE, spread)) }
    if (found.error <= found.tolerance) return found
  }
  return found
}

/** Inputs of the first steps as in the segment's middle, with pictures of noise. */
export function firstSteps(config: TrainConfig, segment: Segment, steps: number): InputValues[] {
  const inputsAt = trialInputs(config, segment)
  return Array.from({ length: steps }, (_, step) => ({
    ...inputsAt(step + 1),
    learningRate: Float32Array.of(LEARNING_RATE),
    adamStep: Float32Array.of(step + 1),
  }))
}

/**
 * Fresh weights with second moments as large as the largest gradient's square. From zero Adam's first step follows
 * the sign of each gradient alone, which rounding decides where a gradient is about 0.
 */
async function warmState(
  reference: Session,
  config: TrainConfig,
  segment: Segment,
  inputs: InputValues,
): Promise<Values> {
  const fresh = trialState(config, segment)
  await reference.setState(fresh)
  await reference.run([inputs])
  const after = await reference.getState()
  const state: Record<string, Float32Array> = {}
  for (const [name, values] of Object.entries(fresh)) {
    const moment = name.startsWith('adam/') && name.endsWith('/v')
    state[name] = moment
      ? new Float32Array(values.length).fill(largestOf(after[name]!) || 1)
      : values
  }
  return state
}

/** The state with the networks' weights moved at random, by up to {@link NUDGE} of each. */
function nudge(state: Values, seed: number): Values {
  const moved = Object.entries(state).map(([name, values]) => {
    if (!/^(generator|discriminator)\//.test(name)) return [name, values]
    const by = randomStream(seed, `nudge ${name}`, 0).uniforms(values.length)
    return [name, values.map((value, i) => value * (1 + NUDGE * (2 * by[i]! - 1)))]
  })
  return Object.fromEntries(moved) as Values
}

type Results = { readonly outputs: readonly Values[]; readonly state: Values }

async function stepsFrom(
  session: Session,
  state: Values,
  inputs: readonly InputValues[],
): Promise<Results> {
  await session.setState(state)
  const outputs = await session.run(inputs)
  return { outputs, state: await session.getState() }
}

function worstOf(expected: Results, actual: Results): Omit<StepError, 'tolerance'> {
  const errors: Omit<StepError, 'tolerance'>[] = []
  expected.outputs.forEach((outputs, step) => {
    for (const [tensor, values] of Object.entries(outputs))
      errors.push({ tensor, error: errorOf(values, actual.outputs[step]?.[tensor], 1) })
  })
  for (const [tensor, values] of Object.entries(expected.state))
    errors.push({ tensor, error: errorOf(values, actual.state[tensor], 0) })
  return errors.reduce((worst, next) => (next.error > worst.error ? next : worst))
}

/** Infinite for values that are missing or no numbers. */
function errorOf(
  expected: Float32Array,
  actual: Float32Array | undefined,
  leastMagnitude: number,
): number {
  if (actual?.length !== expected.length) return Infinity
  let largest = 0
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!)
    if (Number.isNaN(difference)) return Infinity
    if (difference > largest) largest = difference
  }
  const magnitude = Math.max(leastMagnitude, largestOf(expected))
  return magnitude > 0 ? largest / magnitude : largest
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
}
