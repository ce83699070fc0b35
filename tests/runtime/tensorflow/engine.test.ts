import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { EagerEngine } from '../../../main/runtime/eager'
import type { Program, Session, Values } from '../../../main/runtime/engine'
import { OnnxEngine } from '../../../main/runtime/onnx'
import { boxDown2, foldTaps3, nearestUp2, sumTaps4 } from '../../../main/runtime/ops'
import { TensorflowEngine } from '../../../main/runtime/tensorflow/engine'
import { trainStepProgram } from '../../../main/trainer/step'
import { fixtures } from '../../oracle/fixture'
import { numbersFor, programOf, runOn } from '../engines'
import { closeness } from '../numbers'
import { installedEngine } from './installed'

const folder = installedEngine()
const engine = new TensorflowEngine({ folder: folder ?? '', threads: 2 })
const fixture = fixtures().find(({ name }) => name === 'wgan-gp-8px-fade-3ch-8maps')!
const program = trainStepProgram(fixture.config, fixture.about)

/** Inputs of the i-th step, counted from 0; the fixture has a few steps' worth, gone through in turn. */
function inputsAt(i: number) {
  const rate = { learningRate: Float32Array.of(1e-3), adamStep: Float32Array.of(i + 1) }
  return { ...fixture.inputs(i % fixture.about.steps), ...rate }
}

async function losses(session: Session, from: number, count: number): Promise<number[]> {
  const steps = Array.from({ length: count }, (_, i) => inputsAt(from + i))
  const outputs = await session.run(steps)
  return outputs.map(({ discriminatorLoss }) => discriminatorLoss![0]!)
}

describe.skipIf(folder === null)('the TensorFlow engine', { timeout: 120_000 }, () => {
  const kernels: [string, number[], (x: tf.Tensor4D) => tf.Tensor][] = [
    ['nearestUp2', [2, 3, 5, 4], nearestUp2],
    ['boxDown2', [2, 4, 6, 4], boxDown2],
    ['sumTaps4', [3, 3, 5, 4], sumTaps4],
    ['foldTaps3', [4, 4, 5, 4], foldTaps3],
    ['step', [2, 4, 5, 4], (x) => tf.step(x, 0.2)],
  ]
  test.each(kernels)('%s is what the plain loops say', async (name, shape, work) => {
    const one = programOf(name, [shape], work)
    const inputs = [numbersFor(one.inputs, 3)]
    const ours = await runOn(engine, one, {}, inputs)
    const theirs = await runOn(new EagerEngine(), one, {}, inputs)
    expect(closeness(ours.outputs[0]!.y0!, theirs.outputs[0]!.y0!)).toBeLessThan(1e-6)
  })

  test('steps leave no tensors behind, and a closed session none at all', async () => {
    const before = tf.memory().numTensors
    const session = await engine.load(program)
    await session.setState(fixture.state())
    await losses(session, 0, 1)
    const { numTensors, numDataBuffers } = tf.memory()
    await losses(session, 1, 5)
    await session.setState(await session.getState())
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers })
    await session[Symbol.asyncDispose]()
    expect(tf.memory().numTensors).toBe(before)
  })

  test('gives the same bits again, and from a state that it gave', async () => {
    const trained = async (groups: number[]): Promise<Values> => {
      let state = fixture.state()
      let step = 0
      for (const count of groups) {
        await using session = await engine.load(program)
        await session.setState(state)
        await losses(session, step, count)
        state = await session.getState()
        step += count
      }
      return state
    }
    const whole = await trained([6])
    expect(await trained([6])).toEqual(whole)
    expect(await trained([2, 4])).toEqual(whole)
  })

  test('state moves to the ONNX engine and back as if it had stayed', async () => {
    const engines = [new OnnxEngine({ threads: 2 }), engine, new OnnxEngine({ threads: 2 })]
    const sessions: Session[] = []
    for (const each of engines) sessions.push(await each.load(program))
    const [stays, away, home] = sessions as [Session, Session, Session]
    const state = fixture.state()
    for (const session of sessions) await session.setState(state)
    const expected = await losses(stays, 0, 6)
    const actual = await losses(home, 0, 2)
    await away.setState(await home.getState())
    actual.push(...(await losses(away, 2, 2)))
    await home.setState(await away.getState())
    actual.push(...(await losses(home, 4, 2)))
    actual.forEach((loss, i) => {
      const error = Math.abs(loss - expected[i]!) / Math.max(1, Math.abs(expected[i]!))
      expect(error, `loss of step ${i + 1}`).toBeLessThan(1e-3)
    })
    for (const session of sessions) await session[Symbol.asyncDispose]()
  })

  test('state that changes places is kept under its new name', async () => {
    const swap: Program = {
      name: 'swap',
      state: { a: { shape: [2] }, b: { shape: [2] }, c: { shape: [2] } },
      inputs: {},
      run: ({ a, b, c }) => ({ state: { a: b!, b: a!, c: c! }, outputs: {} }),
    }
    const [a, b, c] = [Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6)]
    const { state } = await runOn(engine, swap, { a, b, c }, [{}, {}, {}])
    expect(state).toEqual({ a: b, b: a, c })
  })
})
