import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../../main/compiler/builder'
import type { Graph, Value } from '../../../main/compiler/ir'
import { NO_EPILOGUE, print } from '../../../main/compiler/ir'
import { simplifyAlgebra } from '../../../main/compiler/passes/algebra'
import { shareCommonSubexpressions } from '../../../main/compiler/passes/commonSubexpressions'
import { foldConstants } from '../../../main/compiler/passes/constantFolding'
import { removeDeadCode } from '../../../main/compiler/passes/deadCode'
import { fuseEpilogues } from '../../../main/compiler/passes/fusion'
import { verify } from '../../../main/compiler/verify'

type Pass = (graph: Graph) => Graph

/** The graph that `build` makes, whose result is "y", after a pass and the verifier. */
function after(pass: Pass, build: (builder: GraphBuilder) => Value): string[] {
  const builder = new GraphBuilder()
  const graph = pass(builder.finish(new Map([['y', build(builder)]])))
  verify(graph, 'the pass')
  return print(graph).split('\n')
}

const input = (builder: GraphBuilder, name: string, ...shape: number[]): Value =>
  builder.add({ kind: 'input', name, type: 'float32', shape })

const alive = (pass: Pass): Pass => {
  return (graph) => removeDeadCode(pass(graph))
}

describe('dead code', () => {
  test('what no result needs goes, inputs too', () => {
    const lines = after(removeDeadCode, (builder) => {
      const x = input(builder, 'x', 2)
      builder.unary('exp', input(builder, 'unused', 3))
      return builder.unary('tanh', x)
    })
    expect(lines).toEqual([
      '%0: [2] = input x float32 [2]',
      '%1: [2] = unary tanh(%0)',
      'return y = %1',
    ])
  })
})

describe('constant folding', () => {
  test('work on known numbers is done once, here', () => {
    const lines = after(alive(foldConstants), (builder) => {
      const three = builder.binary('add', builder.fill([], 1), builder.fill([], 2))
      return builder.binary('mul', input(builder, 'x', 2), builder.unary('square', three))
    })
    expect(lines).toEqual([
      '%0: [2] = input x float32 [2]',
      '%1: [] = fill [] value=9',
      '%2: [2] = binary mul(%0, %1)',
      'return y = %2',
    ])
  })
})

describe('common subexpressions', () => {
  test('equal operations on equal arguments become one', () => {
    const lines = after(alive(shareCommonSubexpressions), (builder) => {
      const x = input(builder, 'x', 2)
      return builder.binary('mul', builder.unary('exp', x), builder.unary('exp', x))
    })
    expect(lines).toEqual([
      '%0: [2] = input x float32 [2]',
      '%1: [2] = unary exp(%0)',
      '%2: [2] = binary mul(%1, %1)',
      'return y = %2',
    ])
  })

  test('operations with other parameters stay apart', () => {
    const lines = after(shareCommonSubexpressions, (builder) => {
      const x = input(builder, 'x', 2)
      const leaky = (slope: number) => builder.add({ kind: 'leakyRelu', slope }, x)
      return builder.binary('mul', leaky(0.1), leaky(0.2))
    })
    expect(lines).toContain('%1: [2] = leakyRelu slope=0.1(%0)')
    expect(lines).toContain('%2: [2] = leakyRelu slope=0.2(%0)')
  })
})

describe('algebra', () => {
  const simplified = alive(simplifyAlgebra)

  test('factors that follow each other become one', () => {
    const lines = after(simplified, (builder) => {
      const times = (x: Value, n: number) => builder.binary('mul', x, builder.fill([], n))
      return times(times(input(builder, 'x', 2), 2), 4)
    })
    expect(lines).toEqual([
      '%0: [2] = input x float32 [2]',
      '%1: [] = fill [] value=8',
      '%2: [2] = binary mul(%0, %1)',
      'return y = %2',
    ])
  })

  test('adding 0, multiplying by 1 and double reshapes leave nothing', () => {
    const lines = after(simplified, (builder) => {
      const x = builder.reshape(builder.reshape(input(builder, 'x', 2, 2), [4]), [2, 2])
      const sum = builder.binary('add', x, builder.fill([2, 2], 0))
      return builder.binary('mul', sum, builder.fill([], 1))
    })
    expect(lines).toEqual(['%0: [2,2] = input x float32 [2,2]', 'return y = %0'])
  })

  test('the sum of a broadcast is a product, of what was there before', () => {
    const lines = after(simplified, (builder) => {
      const wide = builder.broadcast(input(builder, 'x', 1, 3), [5, 3])
      return builder.add({ kind: 'reduce', fn: 'sum', axes: [0], keep: true }, wide)
    })
    expect(lines).toEqual([
      '%0: [1,3] = input x float32 [1,3]',
      '%1: [1,3] = reduce sum axes=0 keep(%0)',
      '%2: [] = fill [] value=5',
      '%3: [1,3] = binary mul(%1, %2)',
      'return y = %3',
    ])
  })

  test('a slice that takes back one part of a concatenation is that part', () => {
    const lines = after(simplified, (builder) => {
      const [a, b] = [input(builder, 'a', 2, 3), input(builder, 'b', 4, 3)]
      const both = builder.add({ kind: 'concat', axis: 0 }, a, b)
      return builder.add({ kind: 'slice', begin: [2, 0], size: [4, 3] }, both)
    })
    expect(lines).toEqual(['%0: [4,3] = input b float32 [4,3]', 'return y = %0'])
  })
})

describe('fusion', () => {
  const window = { taps: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0] } as const
  const convolution = (builder: GraphBuilder): Value =>
    builder.add(
      { kind: 'conv', window, epilogue: NO_EPILOGUE },
      input(builder, 'x', 1, 2, 2, 3),
      input(builder, 'w', 1, 1, 3, 8),
    )

  test('a convolution takes in the bias and the leaky ReLU after it', () => {
    const lines = after(alive(fuseEpilogues), (builder) => {
      const sum = builder.binary('add', convolution(builder), input(builder, 'b', 8))
      return builder.add({ kind: 'leakyRelu', slope: 0.2 }, sum)
    })
    expect(lines).toContain(
      '%3: [1,2,2,8] = conv taps=1,1 strides=1,1 pads=0,0,0,0 bias slope=0.2(%0, %1, %2)',
    )
    expect(lines).toHaveLength(5)
  })

  test('but not where its bare result is used as well', () => {
    const lines = after(alive(fuseEpilogues), (builder) => {
      const bare = convolution(builder)
      return builder.binary('mul', bare, builder.add({ kind: 'leakyRelu', slope: 0.2 }, bare))
    })
    expect(lines.filter((line) => line.includes('leakyRelu'))).toHaveLength(1)
  })
})
