import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Segment } from '../../shared/schedule'
import type { InputValues, Session, Values } from '../runtime/engine'
import { trialInputs, trialState } from './trial'

/** A tensor of a step and its error, relative to its largest value (absolute below 1 for a loss or score). */
export type StepError = { readonly tensor: string; readonly error: number }

/** Errors up to this are rounding. */
export const STEP_TOLERANCE = 1e-3
/**
 * With batch normalisation some of a million leaky rectifiers stand on their kink in every draw at 32 px and above; each
 * moves a small tensor's gradient by up to a hundredth. What is wrong differs by far more.
 */
const BATCH_NORM_TOLERANCE = 0.05
/** Steps compared: the second begins with what the device itself made of the state. */
const STEPS = 2
/** Large enough for a wrong update to show beside the weights. */
const LEARNING_RATE = 0.05
/** One draw of weights and inputs may stand on a kink, where the slope of the leaky rectifier changes; three hardly do. */
const DRAWS = 3

/** Errors of a step with these settings up to this are rounding. */
export function stepTolerance({ generatorNorm }: Pick<TrainConfig, 'generatorNorm'>): number {
  return generatorNorm === 'batch' ? BATCH_NORM_TOLERANCE : STEP_TOLERANCE
}

/**
 * The worst tensor of what `subject` makes of a segment's train step, against `reference`: state, losses and scores
 * after two steps on random pictures. Both sessions are of that segment's step; their state is replaced. A device is
 * wrong when the error is not within {@link stepTolerance}; another draw of inputs is tried before that is said.
 */
export async function compareSteps(
  reference: Session,
  subject: Session,
  config: TrainConfig,
  segment: Segment,
): Promise<StepError> {
  let worst: StepError = { tensor: '', error: 0 }
  for (let draw = 1; draw <= DRAWS; draw++) {
    const drawn = { ...config, seed: draw }
    const inputs = firstSteps(drawn, segment, STEPS)
    const state = await warmState(reference, drawn, segment, inputs[0]!)
    const expected = await stepsFrom(reference, state, inputs)
    const actual = await stepsFrom(subject, state, inputs)
    worst = worstOf(expected, actual)
    if (worst.error <= stepTolerance(config)) return worst
  }
  return worst
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

function worstOf(expected: Results, actual: Results): StepError {
  const errors: StepError[] = []
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
