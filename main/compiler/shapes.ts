import type { ConvWindow, Op, Shape } from './ir'
import { sameNumbers, sizeOf } from './ir'

/** The shape that an operation makes of its arguments' shapes. Throws where they do not fit. */
export function shapeOf(op: Op, args: readonly Shape[]): Shape {
  switch (op.kind) {
    case 'input':
      return takes(op, args, 0) && op.shape
    case 'constant':
      expect(op, args, op.data.length === sizeOf(op.shape))
      return takes(op, args, 0) && op.shape
    case 'fill':
      return takes(op, args, 0) && op.shape
    case 'unary':
    case 'leakyRelu':
    case 'step':
      return takes(op, args, 1) && at(args, 0)
    case 'binary':
      return takes(op, args, 2) && broadcastShape(op, args)
    case 'select':
      return takes(op, args, 3) && broadcastShape(op, args)
    case 'reduce':
      return takes(op, args, 1) && reducedShape(op, at(args, 0))
    case 'reshape':
      expect(op, args, sizeOf(at(args, 0)) === sizeOf(op.shape))
      return takes(op, args, 1) && op.shape
    case 'broadcast':
      expect(op, args, sameNumbers(broadcastShape(op, [at(args, 0), op.shape]), op.shape))
      return takes(op, args, 1) && op.shape
    case 'transpose':
      expect(
        op,
        args,
        sameNumbers(
          [...op.order].sort((a, b) => a - b),
          at(args, 0).map((_, i) => i),
        ),
      )
      return takes(op, args, 1) && op.order.map((axis) => size(at(args, 0), axis))
    case 'concat':
      return concatShape(op, args)
    case 'slice':
      expect(
        op,
        args,
        at(args, 0).every(
          (n, i) => size(op.begin, i) >= 0 && size(op.begin, i) + size(op.size, i) <= n,
        ),
      )
      return takes(op, args, 1) && op.size
    case 'pad':
      expect(
        op,
        args,
        op.before.length === at(args, 0).length && op.after.length === at(args, 0).length,
      )
      return (
        takes(op, args, 1) && at(args, 0).map((n, i) => size(op.before, i) + n + size(op.after, i))
      )
    case 'tile':
      expect(op, args, op.repeats.length === at(args, 0).length)
      return takes(op, args, 1) && at(args, 0).map((n, i) => n * size(op.repeats, i))
    case 'reverse':
      expect(
        op,
        args,
        op.axes.every((axis) => axis >= 0 && axis < at(args, 0).length),
      )
      return takes(op, args, 1) && at(args, 0)
    case 'matmul':
      return takes(op, args, op.bias ? 3 : 2) && matmulShape(op, args)
    case 'conv':
      return takes(op, args, op.epilogue.bias ? 3 : 2) && convShape(op, args)
    case 'convInput':
      return takes(op, args, op.epilogue.bias ? 3 : 2) && convInputShape(op, args)
    case 'convFilter':
      return takes(op, args, 2) && convFilterShape(op, args)
    case 'resample':
      return takes(op, args, 1) && resampledShape(op, at(args, 0))
    case 'after':
      expect(op, args, args.length > 1)
      return at(args, 0)
    default:
      return op satisfies never
  }
}

type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>

function broadcastShape(op: Op, shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1)
    const wide = sizes.find((n) => n !== 1) ?? 1
    expect(
      op,
      shapes,
      sizes.every((n) => n === 1 || n === wide),
    )
    return wide
  })
}

function reducedShape(op: OpOf<'reduce'>, shape: Shape): Shape {
  expect(
    op,
    [shape],
    op.axes.every((axis) => axis >= 0 && axis < shape.length),
  )
  if (op.keep) return shape.map((n, i) => (op.axes.includes(i) ? 1 : n))
  return shape.filter((_, i) => !op.axes.includes(i))
}

function concatShape(op: OpOf<'concat'>, args: readonly Shape[]): Shape {
  const first = at(args, 0)
  const others = (shape: Shape): Shape => shape.filter((_, i) => i !== op.axis)
  expect(
    op,
    args,
    op.axis < first.length && args.every((shape) => sameNumbers(others(shape), others(first))),
  )
  return first.map((n, i) =>
    i === op.axis ? args.reduce((sum, shape) => sum + size(shape, i), 0) : n,
  )
}

function matmulShape(op: OpOf<'matmul'>, args: readonly Shape[]): Shape {
  const [a, b] = [at(args, 0), at(args, 1)]
  const rank = a.length
  expect(op, args, rank >= 2 && rank === b.length && sameNumbers(a.slice(0, -2), b.slice(0, -2)))
  const [rows, inner] = op.transposeA
    ? [size(a, rank - 1), size(a, rank - 2)]
    : [size(a, rank - 2), size(a, rank - 1)]
  const [shared, columns] = op.transposeB
    ? [size(b, rank - 1), size(b, rank - 2)]
    : [size(b, rank - 2), size(b, rank - 1)]
  expect(
    op,
    args,
    inner === shared && (!op.bias || (rank === 2 && sameNumbers(at(args, 2), [columns]))),
  )
  return [...a.slice(0, -2), rows, columns]
}

/** Size of a convolution's result along one axis. */
function slid(n: number, window: ConvWindow, axis: 0 | 1): number {
  const padded = n + window.pads[axis] + window.pads[(axis + 2) as 2 | 3]
  return Math.floor((padded - window.taps[axis]) / window.strides[axis]) + 1
}

function convShape(op: OpOf<'conv'>, args: readonly Shape[]): Shape {
  const [map, filter] = [at(args, 0), at(args, 1)]
  expect(op, args, map.length === 4 && fits(op.window, filter) && size(map, 3) === size(filter, 2))
  expect(op, args, !op.epilogue.bias || sameNumbers(at(args, 2), [size(filter, 3)]))
  return [
    size(map, 0),
    slid(size(map, 1), op.window, 0),
    slid(size(map, 2), op.window, 1),
    size(filter, 3),
  ]
}

function convInputShape(op: OpOf<'convInput'>, args: readonly Shape[]): Shape {
  const [map, filter] = [at(args, 0), at(args, 1)]
  expect(op, args, map.length === 4 && fits(op.window, filter) && size(map, 3) === size(filter, 3))
  expect(
    op,
    args,
    size(map, 1) === slid(op.size[0], op.window, 0) &&
      size(map, 2) === slid(op.size[1], op.window, 1),
  )
  expect(op, args, !op.epilogue.bias || sameNumbers(at(args, 2), [size(filter, 2)]))
  return [size(map, 0), op.size[0], op.size[1], size(filter, 2)]
}

function convFilterShape(op: OpOf<'convFilter'>, args: readonly Shape[]): Shape {
  const [map, gradient] = [at(args, 0), at(args, 1)]
  expect(op, args, map.length === 4 && gradient.length === 4 && size(map, 0) === size(gradient, 0))
  expect(
    op,
    args,
    size(gradient, 1) === slid(size(map, 1), op.window, 0) &&
      size(gradient, 2) === slid(size(map, 2), op.window, 1),
  )
  return [...op.window.taps, size(map, 3), size(gradient, 3)]
}

function fits(window: ConvWindow, filter: Shape): boolean {
  return filter.length === 4 && filter[0] === window.taps[0] && filter[1] === window.taps[1]
}

function resampledShape(op: OpOf<'resample'>, shape: Shape): Shape {
  const [n, h, w, c] = shape
  expect(op, [shape], shape.length === 4)
  if (n === undefined || h === undefined || w === undefined || c === undefined) return shape
  switch (op.fn) {
    case 'nearestUp2':
      return [n, 2 * h, 2 * w, c]
    case 'boxDown2':
      expect(op, [shape], h % 2 === 0 && w % 2 === 0)
      return [n, h / 2, w / 2, c]
    case 'sumTaps4':
      expect(op, [shape], n === 3 && h === 3)
      return [4, 4, w, c]
    case 'foldTaps3':
      expect(op, [shape], n === 4 && h === 4)
      return [3, 3, w, c]
    default:
      return op.fn satisfies never
  }
}

function takes(op: Op, args: readonly Shape[], count: number): true {
  expect(op, args, args.length === count)
  return true
}

function at(args: readonly Shape[], i: number): Shape {
  return args[i] ?? []
}

function size(shape: Shape, axis: number): number {
  return shape[axis] ?? 1
}

function expect(op: Op, args: readonly Shape[], fits: boolean): void {
  if (fits) return
  const shapes = args.map((shape) => `[${shape.join(',')}]`).join(', ')
  throw new Error(
    `the compiler cannot apply ${op.kind}${'fn' in op ? ` ${op.fn}` : ''} to shapes ${shapes || '(none)'}`,
  )
}
