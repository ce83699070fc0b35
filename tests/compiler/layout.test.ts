import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Layout } from '../../main/compiler/lower/layout'
import {
  BLOCKED_FILTER,
  BLOCKED_MAP,
  CHANNELS_FIRST,
  FEW_INPUTS_FILTER,
  fromMemory,
  PLAIN_FILTER,
  rowMajor,
  toMemory,
} from '../../main/compiler/lower/layout'
import { Emitter } from '../../main/compiler/lower/emitter'
import { encode } from '../../main/compiler/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { probeBlock } from '../../main/runtime/blockedLayout'

const LAYOUTS: Layout[] = [
  rowMajor(4),
  CHANNELS_FIRST,
  BLOCKED_MAP,
  PLAIN_FILTER,
  BLOCKED_FILTER,
  FEW_INPUTS_FILTER,
  ['2', '3/', '0', '1', '3%'],
  ['3', '0', '1', '2'],
]
const numbers = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i)

describe('layouts', () => {
  test('a blocked map, written out', () => {
    // [1, 1, 2, 16] in blocks of 8: eight channels of the first pixel, of the second, then the other eight.
    const memory = toMemory(numbers(32), BLOCKED_MAP, [1, 1, 2, 16], 8)
    const run = (start: number): number[] => Array.from({ length: 8 }, (_, i) => start + i)
    expect([...memory]).toEqual([...run(0), ...run(16), ...run(8), ...run(24)])
  })

  test('to memory and back is nothing', () => {
    const sizes = fc.record({
      a: fc.integer({ min: 1, max: 5 }),
      b: fc.integer({ min: 1, max: 5 }),
      c: fc.constantFrom(8, 16),
      d: fc.constantFrom(16, 24),
    })
    fc.assert(
      fc.property(sizes, fc.constantFrom(...LAYOUTS), ({ a, b, c, d }, layout) => {
        const values = numbers(a * b * c * d)
        expect(
          fromMemory(toMemory(values, layout, [a, b, c, d], 8), layout, [a, b, c, d], 8),
        ).toEqual(values)
      }),
    )
  })

  test('moving between any two layouts in the graph is what it is in JavaScript', async () => {
    const block = (await probeBlock()) || 8
    const shape = [2, 3, 2 * block, 3 * block]
    const values = numbers(shape.reduce((a, b) => a * b, 1))
    const emit = new Emitter(block)
    const from = LAYOUTS.map((layout) => ({ name: layout.join(), shape, layout }))
    const results = from.flatMap((x) =>
      LAYOUTS.map((layout) => ({ x, placed: emit.place(x, layout) })),
    )
    const nodes = results.map(({ placed }, i) => ({
      type: 'Identity',
      domain: '',
      inputs: [placed.name],
      output: `y${i}`,
      attributes: {},
    }))
    const model = encode('layouts', {
      nodes: [...emit.nodes, ...nodes],
      constants: emit.constants,
      inputs: from.map((x) => ({ name: x.name, type: 'float32', dims: emit.dims(x) })),
      outputs: results.map(({ placed }, i) => ({
        name: `y${i}`,
        type: 'float32',
        dims: emit.dims(placed),
      })),
    })
    const session = await InferenceSession.create(model)
    const feeds = from.map((x) => [
      x.name,
      new Tensor('float32', toMemory(values, x.layout, shape, block), emit.dims(x)),
    ])
    const answers = await session.run(Object.fromEntries(feeds) as Record<string, Tensor>)
    results.forEach(({ x, placed }, i) => {
      const actual = Array.from((answers[`y${i}`] as Tensor).data as Float32Array)
      expect(actual, `${x.layout.join()} to ${placed.layout.join()}`).toEqual([
        ...toMemory(values, placed.layout, shape, block),
      ])
    })
    await session.release()
  })
})
