import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { EagerEngine } from '../../main/runtime/eager'
import type { Engine, Program, Session, Values } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { boxDown2, leakyRelu, nearestUp2, sumTaps4 } from '../../main/runtime/ops'
import { closeness } from './numbers'
import { difference, numbersFor } from './engines'

/** A few layers with blocked, few and odd channels, trained by their gradient penalty; `still` is never written. */
const PROGRAM: Program = {
  name: 'small critic',
  state: {
    'from/w': { shape: [1, 1, 3, 16] },
    'from/b': { shape: [16] },
    'down/w': { shape: [3, 3, 16, 24] },
    'up/w': { shape: [3, 3, 16, 24] },
    'odd/w': { shape: [3, 3, 25, 16] },
    'to/w': { shape: [1, 1, 16, 3] },
    still: { shape: [3] },
    unread: { shape: [2] },
  },
  inputs: { pictures: { shape: [4, 8, 8, 3], type: 'uint8' }, rate: { shape: [] } },
  run(state, inputs) {
    const names = ['from/w', 'from/b', 'down/w', 'up/w', 'odd/w', 'to/w']
    const score = (x: tf.Tensor, [fromW, fromB, down, up, odd, to]: tf.Tensor[]): tf.Tensor => {
      const conv = (maps: tf.Tensor, w: tf.Tensor, stride = 1): tf.Tensor4D =>
        tf.conv2d(maps as tf.Tensor4D, w as tf.Tensor4D, stride, 'same')
      let maps = leakyRelu(tf.add(conv(x, fromW as tf.Tensor), fromB as tf.Tensor), 0.2)
      const small = leakyRelu(conv(maps, sumTaps4(down as tf.Tensor4D), 2), 0.2)
      const deviation = tf.sqrt(
        tf.add(tf.mean(tf.square(tf.sub(small, tf.mean(small, 0, true)))), 1e-8),
      )
      const joined = tf.concat([small, tf.mul(tf.ones([4, 4, 4, 1]), deviation)], 3)
      maps = tf.conv2dTranspose(
        small as tf.Tensor4D,
        sumTaps4(up as tf.Tensor4D),
        [4, 8, 8, 16],
        2,
        'same',
      )
      const low = nearestUp2(conv(joined, odd as tf.Tensor))
      return tf.mean(conv(boxDown2(tf.add(maps, low)), to as tf.Tensor))
    }
    const pictures = tf.sub(tf.div(inputs['pictures'] as tf.Tensor, 127.5), 1)
    const penalty = (...weights: tf.Tensor[]): tf.Scalar => {
      const slope = tf.grad((x) => score(x, weights))(pictures)
      const length = tf.sqrt(tf.add(tf.sum(tf.square(slope), [1, 2, 3]), 1e-8))
      return tf.add(tf.mean(tf.square(tf.sub(length, 1))), score(pictures, weights)) as tf.Scalar
    }
    const weights = names.map((name) => state[name] as tf.Tensor)
    const { value, grads } = tf.valueAndGrads(penalty)(weights)
    const next: Record<string, tf.Tensor> = { still: state['still'] as tf.Tensor }
    names.forEach((name, i) => {
      next[name] = tf.sub(
        weights[i] as tf.Tensor,
        tf.mul(grads[i] as tf.Tensor, inputs['rate'] as tf.Tensor),
      )
    })
    return { state: next, outputs: { value, still: tf.add(state['still'] as tf.Tensor, 1) } }
  },
}

const inputsAt = (step: number) => ({
  pictures: Uint8Array.from({ length: 4 * 8 * 8 * 3 }, (_, i) => (i * 37 + step * 11) % 256),
  rate: Float32Array.of(0.01),
})
const STATE = Object.fromEntries(
  Object.entries(numbersFor(PROGRAM.state, 5)).map(([name, values]) => [
    name,
    values.map((v) => v / 4),
  ]),
)
const STEPS = Array.from({ length: 6 }, (_, i) => inputsAt(i))

async function withSession<T>(engine: Engine, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await engine.load(PROGRAM)
  try {
    return await work(session)
  } finally {
    await session[Symbol.asyncDispose]()
  }
}

/** Every step's outputs and the state after them, with steps grouped into calls of these lengths. */
function trained(
  engine: Engine,
  groups: readonly number[],
): Promise<{ outputs: Values[]; state: Values }> {
  return withSession(engine, async (session) => {
    await session.setState(STATE)
    const outputs: Values[] = []
    let start = 0
    for (const length of groups) {
      outputs.push(...(await session.run(STEPS.slice(start, start + length))))
      start += length
    }
    return { outputs, state: await session.getState() }
  })
}

describe.each([
  ['plain', 0],
  ['blocked', undefined],
] as const)('the ONNX engine, %s', { timeout: 30_000 }, (_name, block) => {
  const engine = new OnnxEngine({ threads: 2, ...(block === undefined ? {} : { block }) })

  test('trains like the eager engine, to second order', async () => {
    // Eager steps are slow.
    const [actual, expected] = [await trained(engine, [2]), await trained(new EagerEngine(), [2])]
    for (const name of Object.keys(PROGRAM.state)) {
      expect(closeness(actual.state[name] ?? [], expected.state[name] ?? []), name).toBeLessThan(
        1e-4,
      )
    }
    actual.outputs.forEach((step, i) => {
      expect(closeness(step['value'] ?? [], expected.outputs[i]?.['value'] ?? [])).toBeLessThan(
        1e-4,
      )
    })
  })

  test('answers the same bits however steps are grouped, and in a new session', async () => {
    const whole = await trained(engine, [6])
    for (const groups of [[1, 1, 1, 1, 1, 1], [2, 3, 1], [6]])
      expect(await trained(engine, groups)).toEqual(whole)
  })

  test('goes on from a state that it gave to the same bits', async () => {
    const whole = await trained(engine, [6])
    const half = await trained(engine, [3])
    const rest = await withSession(engine, async (session) => {
      await session.setState(half.state)
      const outputs = await session.run(STEPS.slice(3))
      return { outputs: [...half.outputs, ...outputs], state: await session.getState() }
    })
    expect(rest).toEqual(whole)
  })
})

describe('a session', () => {
  const engine = new OnnxEngine({ threads: 1 })

  test('keeps state that the program does not write, read or not', () =>
    withSession(engine, async (session) => {
      await session.setState(STATE)
      await session.run(STEPS)
      const { still, unread } = await session.getState(['still', 'unread'])
      expect(still).toEqual(STATE['still'])
      expect(unread).toEqual(STATE['unread'])
    }))

  test('gives copies of state and outputs', () =>
    withSession(engine, async (session) => {
      await session.setState(STATE)
      const first = await session.getState()
      first['down/w']?.fill(9)
      const [one] = await session.run([inputsAt(0)])
      const value = one?.['value']?.[0]
      await session.run([inputsAt(1)])
      expect(one?.['value']?.[0]).toBe(value)
      expect((await session.getState())['down/w']?.[0]).not.toBe(9)
    }))

  test('stops between steps when told to, with the outputs so far', () =>
    withSession(engine, async (session) => {
      await session.setState(STATE)
      const stop = new AbortController()
      const running = session.run(
        Array.from({ length: 10_000 }, (_, i) => inputsAt(i)),
        stop.signal,
      )
      setTimeout(() => stop.abort(), 50)
      const outputs = await running
      expect(outputs.length).toBeGreaterThan(0)
      expect(outputs.length).toBeLessThan(10_000)
      expect(await session.run([inputsAt(0)], stop.signal)).toEqual([])
      expect(await session.run([inputsAt(0)])).toHaveLength(1)
    }))

  test('says which program and tensor is wrong', () =>
    withSession(engine, async (session) => {
      await expect(session.setState({})).rejects.toThrow(
        /"small critic": state "from\/w" is missing/,
      )
      await expect(session.getState(['nothing'])).rejects.toThrow(
        /"small critic" has no state "nothing"/,
      )
      const short = { ...inputsAt(0), rate: new Float32Array(2) }
      await expect(session.run([short])).rejects.toThrow(
        /"small critic": input "rate" has shape \[\], 1 values, but 2 were given/,
      )
    }))

  test('takes calls in turn', () =>
    withSession(engine, async (session) => {
      const [, outputs, state] = await Promise.all([
        session.setState(STATE),
        session.run(STEPS),
        session.getState(),
      ])
      expect({ outputs, state }).toEqual(await trained(engine, [6]))
    }))
})

test('a program that cannot be compiled is named', async () => {
  const program: Program = {
    name: 'odd one',
    state: {},
    inputs: { x: { shape: [3] } },
    run: (_, { x }) => ({ state: {}, outputs: { y: tf.cumsum(x as tf.Tensor) } }),
  }
  await expect(new OnnxEngine().load(program)).rejects.toThrow(/"odd one".*Cumsum/)
})

test('state must come back in its shape', async () => {
  const program: Program = {
    name: 'growing',
    state: { w: { shape: [3] } },
    inputs: {},
    run: ({ w }) => ({ state: { w: tf.concat([w as tf.Tensor, w as tf.Tensor]) }, outputs: {} }),
  }
  await expect(new OnnxEngine().load(program)).rejects.toThrow(
    /"growing".*\[3\] but returns as \[6\]/,
  )
})

test('state that moves without inputs', async () => {
  const program: Program = {
    name: 'halving',
    state: { w: { shape: [3] } },
    inputs: {},
    run: ({ w }) => ({ state: { w: tf.mul(w as tf.Tensor, 0.5) }, outputs: {} }),
  }
  expect(await difference(program, {}, 3, 5)).toBeLessThan(1e-6)
})

test.each([8, 16])(
  'a model for blocks of %i channels is well-formed on any machine',
  async (block) => {
    // Only loaded: its numbers are right only where the runtime's blocks are of this size.
    const names = await withSession(
      new OnnxEngine({ threads: 1, block }),
      async (session) => session.stateNames,
    )
    expect(names).toEqual(Object.keys(PROGRAM.state))
  },
)
