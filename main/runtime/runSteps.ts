import type { InputValues, Program, Values } from './engine'
import { checkInputs } from './values'

/**
 * What a session's `run` promises, for any engine: `step` for each entry of `inputs`, once they are checked, with a
 * turn of the event loop after each, until `signal` is aborted. Answers the outputs of the steps that ran.
 */
export async function runSteps(
  program: Program,
  inputs: readonly InputValues[],
  step: (values: InputValues) => Values | Promise<Values>,
  signal: AbortSignal | undefined,
): Promise<Values[]> {
  const outputs: Values[] = []
  for (const values of inputs) {
    if (signal?.aborted) break
    checkInputs(program, values)
    outputs.push(await step(values))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return outputs
}
