import type { GraphBuilder } from '../builder'
import { rewrite } from '../builder'
import type { BinaryFunction, Graph, Shape, UnaryFunction, Value } from '../ir'
import { sizeOf } from '../ir'
import { shapeOf } from '../shapes'

/** The graph with element-wise operations on known numbers done now. */
export function foldConstants(graph: Graph): Graph {
  return rewrite(graph, foldValue)
}

function foldValue(builder: GraphBuilder, value: Value, args: readonly Value[]): Value | null {
  const compute = elementFunction(value)
  if (!compute || args.length === 0 || !args.every(isKnown)) return null
  const shape = shapeOf(
    value.op,
    args.map((arg) => arg.shape),
  )
  if (args.every((arg) => arg.op.kind === 'fill')) {
    return builder.fill(shape, Math.fround(compute(args.map((arg) => numberAt(arg, 0)))))
  }
  const data = new Float32Array(sizeOf(shape))
  for (let i = 0; i < data.length; i++)
    data[i] = compute(args.map((arg) => numberAt(arg, indexIn(arg.shape, shape, i))))
  return builder.add({ kind: 'constant', shape, data })
}

function isKnown(value: Value): boolean {
  return value.op.kind === 'fill' || value.op.kind === 'constant'
}

function numberAt(value: Value, i: number): number {
  if (value.op.kind === 'fill') return value.op.value
  return value.op.kind === 'constant' ? (value.op.data[i] ?? NaN) : NaN
}

/** Flat index, in a tensor of `shape` broadcast to `wide`, of the element that `wide` has at flat index `i`. */
function indexIn(shape: Shape, wide: Shape, i: number): number {
  let [index, stride, rest] = [0, 1, i]
  for (let axis = wide.length - 1; axis >= 0; axis--) {
    const at = rest % (wide[axis] ?? 1)
    rest = Math.floor(rest / (wide[axis] ?? 1))
    const size = shape[axis - wide.length + shape.length] ?? 1
    if (size > 1) index += at * stride
    stride *= size
  }
  return index
}

function elementFunction(value: Value): ((x: number[]) => number) | null {
  const { op } = value
  if (op.kind === 'unary') return ([x = NaN]) => applyUnary(op.fn, x)
  if (op.kind === 'binary') return ([a = NaN, b = NaN]) => applyBinary(op.fn, a, b)
  if (op.kind === 'leakyRelu') return ([x = NaN]) => (x > 0 ? x : op.slope * x)
  if (op.kind === 'step') return ([x = NaN]) => (x > 0 ? 1 : op.slope)
  if (op.kind === 'select') return ([condition, a = NaN, b = NaN]) => (condition ? a : b)
  return null
}

function applyUnary(fn: UnaryFunction, x: number): number {
  switch (fn) {
    case 'abs':
      return Math.abs(x)
    case 'ceil':
      return Math.ceil(x)
    case 'cos':
      return Math.cos(x)
    case 'exp':
      return Math.exp(x)
    case 'floor':
      return Math.floor(x)
    case 'log':
      return Math.log(x)
    case 'neg':
      return -x
    case 'reciprocal':
      return 1 / x
    case 'relu':
      return Math.max(0, x)
    case 'rsqrt':
      return 1 / Math.sqrt(x)
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x))
    case 'sign':
      return Math.sign(x)
    case 'sin':
      return Math.sin(x)
    case 'softplus':
      return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
    case 'sqrt':
      return Math.sqrt(x)
    case 'square':
      return x * x
    case 'tanh':
      return Math.tanh(x)
    default:
      return fn satisfies never
  }
}

function applyBinary(fn: BinaryFunction, a: number, b: number): number {
  switch (fn) {
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return a * b
    case 'div':
      return a / b
    case 'pow':
      return a ** b
    case 'max':
      return Math.max(a, b)
    case 'min':
      return Math.min(a, b)
    case 'equal':
      return Number(a === b)
    case 'notEqual':
      return Number(a !== b)
    case 'less':
      return Number(a < b)
    case 'lessEqual':
      return Number(a <= b)
    case 'greater':
      return Number(a > b)
    case 'greaterEqual':
      return Number(a >= b)
    default:
      return fn satisfies never
  }
}
