import type { Engine, Values } from '../../main/runtime/engine'
import { gradientProgram } from '../../main/trainer/gradientProgram'
import { trainStepProgram } from '../../main/trainer/step'
import type { Fixture } from './fixture'

/** What came of whole steps: each step's outputs, and the state after it where the fixture has one. */
export type StepResults = {
  readonly outputs: readonly Values[]
  readonly states: readonly (Values | null)[]
}

/** Gradients, losses and scores at the fixture's weights. */
export async function gradientsOf(engine: Engine, fixture: Fixture): Promise<Values> {
  // Often, so that the engine chooses kernels as it does for training.
  const program = { ...gradientProgram(fixture.config, fixture.about), runsOften: true }
  await using session = await engine.load(program)
  const given = fixture.state()
  await session.setState(Object.fromEntries(session.stateNames.map((name) => [name, given[name]!])))
  const [outputs] = await session.run([fixture.inputs(0)])
  return outputs!
}

/** The first `count` of the fixture's steps. */
export async function stepsOf(
  engine: Engine,
  fixture: Fixture,
  count: number = fixture.about.steps,
): Promise<StepResults> {
  await using session = await engine.load(trainStepProgram(fixture.config, fixture.about))
  await session.setState(fixture.state())
  const outputs: Values[] = []
  const states: (Values | null)[] = []
  const learningRate = Float32Array.of(fixture.about.learningRate)
  for (let step = 1; step <= count; step++) {
    const rate = { learningRate, adamStep: Float32Array.of(step) }
    outputs.push(...(await session.run([{ ...fixture.inputs(step - 1), ...rate }])))
    const stored = fixture.names(`after${step}/`).length > 0
    states.push(stored ? await session.getState() : null)
  }
  return { outputs, states }
}
