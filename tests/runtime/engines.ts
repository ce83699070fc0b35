import { siteKey, type ConvKernel } from '../../main/compiler/convSites'
import type * as tf from '@tensorflow/tfjs-core'
import { EagerEngine } from '../../main/runtime/eager'
import type { Engine, InputValues, Program, TensorSpecs, Values } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { closeness } from './numbers'

/** A function of named tensors, given as positions, to a list of tensors. */
export type ListFunction = (...inputs: tf.Tensor4D[]) => tf.Tensor | tf.Tensor[]

/** A program without state of `work`, whose inputs are "x0", "x1", ... and outputs "y0", "y1", ... */
export function programOf(
  name: string,
  shapes: readonly (readonly number[])[],
  work: ListFunction,
): Program {
  const inputs: Record<string, { shape: readonly number[] }> = {}
  shapes.forEach((shape, i) => (inputs[`x${i}`] = { shape }))
  return {
    name,
    state: {},
    inputs,
    run: (_state, tensors) => {
      const results = [work(...(shapes.map((_, i) => tensors[`x${i}`]) as tf.Tensor4D[]))].flat()
      const outputs: Record<string, tf.Tensor> = {}
      results.forEach((tensor, i) => (outputs[`y${i}`] = tensor))
      return { state: {}, outputs }
    },
  }
}

/** Numbers for every spec, from a small generator with this seed: unequal, in [-1, 1], nowhere near 0. */
export function numbersFor(specs: TensorSpecs, seed: number): Record<string, Float32Array> {
  let state = seed * 7919 + 17
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const unit = (state / 2 ** 32) * 2 - 1
    return unit + Math.sign(unit) * 0.05
  }
  const values: Record<string, Float32Array> = {}
  for (const [name, { shape }] of Object.entries(specs)) {
    values[name] = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next)
  }
  return values
}

/** Outputs and state after the given steps from the given state. */
export async function runOn(
  engine: Engine,
  program: Program,
  state: Values,
  steps: readonly InputValues[],
): Promise<{ outputs: Values[]; state: Values }> {
  const session = await engine.load(program)
  try {
    await session.setState(state)
    const outputs = await session.run(steps)
    return { outputs, state: await session.getState() }
  } finally {
    await session[Symbol.asyncDispose]()
  }
}

/** How the compiled engine computes convolutions: as it does by itself where nothing is said. */
export type Layout = { readonly block?: number; readonly kernel?: ConvKernel }

/** Every way to compute convolutions, named. */
export const LAYOUTS: readonly (readonly [string, Layout])[] = [
  ['plain', { block: 0 }],
  ['blocked', {}],
  ['Winograd', { kernel: 'winograd' }],
  ['plain Winograd', { block: 0, kernel: 'winograd' }],
]

/** Largest relative difference, over all outputs and state, between the compiled and the eager program. */
export async function difference(
  program: Program,
  { block, kernel }: Layout = {},
  seed = 1,
  steps = 1,
): Promise<number> {
  const { state, inputs } = sampleOf(program, seed, steps)
  const compiled = new OnnxEngine({
    threads: 1,
    ...(block === undefined ? {} : { block }),
    ...(kernel && {
      chooseKernels: async (sites) => new Map(sites.map((site) => [siteKey(site), kernel])),
    }),
  })
  return largestDifference(
    await runOn(compiled, { ...program, runsOften: true }, state, inputs),
    await runOn(new EagerEngine(), program, state, inputs),
  )
}

/**
 * How far the eager program's own results move when its inputs move by one part in a million: what rounding
 * alone can do where the true answer is a small difference of large numbers.
 */
export async function sensitivity(program: Program, seed = 1): Promise<number> {
  const { state, inputs } = sampleOf(program, seed, 1)
  const moved = inputs.map((values) => {
    const near: Record<string, Float32Array> = {}
    for (const [name, array] of Object.entries(values))
      near[name] = Float32Array.from(array, (value, i) => value * (1 + 1e-6 * Math.cos(i * 2.4)))
    return near
  })
  const eager = new EagerEngine()
  return largestDifference(
    await runOn(eager, program, state, moved),
    await runOn(eager, program, state, inputs),
  )
}

function sampleOf(
  program: Program,
  seed: number,
  steps: number,
): { state: Values; inputs: InputValues[] } {
  return {
    state: numbersFor(program.state, seed),
    inputs: Array.from({ length: steps }, (_, i) => numbersFor(program.inputs, seed + 100 + i)),
  }
}

type Results = Awaited<ReturnType<typeof runOn>>

function largestDifference(actual: Results, expected: Results): number {
  let worst = 0
  const compare = (a: Values, b: Values): void => {
    for (const [name, values] of Object.entries(b))
      worst = Math.max(worst, closeness(a[name] ?? [], values))
  }
  compare(actual.state, expected.state)
  expected.outputs.forEach((outputs, i) => compare(actual.outputs[i] ?? {}, outputs))
  return worst
}
