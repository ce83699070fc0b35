/**
 * The compiler's graph: pure float32 values in NHWC logical shapes, each made by one operation from earlier ones.
 * Booleans are 0 and 1. What a value means is in `Op`; how big it is follows from `shapes.ts`.
 */

/** Sizes of the axes, outermost first. */
export type Shape = readonly number[]

/** Element type of a graph input; inside the graph everything is float32. */
export type ElementType = 'float32' | 'uint8'

/** Functions of one number, applied to each element. */
export type UnaryFunction =
  | 'abs'
  | 'ceil'
  | 'cos'
  | 'exp'
  | 'floor'
  | 'log'
  | 'neg'
  | 'reciprocal'
  | 'relu'
  | 'rsqrt'
  | 'sigmoid'
  | 'sign'
  | 'sin'
  | 'softplus'
  | 'sqrt'
  | 'square'
  | 'tanh'

/** Functions of two numbers, applied element by element with broadcasting. */
export type BinaryFunction =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'max'
  | 'min'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'

export type ReduceFunction = 'sum' | 'mean' | 'max' | 'min'

/** Sprout's own linear maps between maps of different size and between kernels. */
export type ResampleFunction = 'nearestUp2' | 'boxDown2' | 'sumTaps4' | 'foldTaps3'

/** How a convolution's kernel moves: taps in pixels, pads as rows and columns of zeros. */
export type ConvWindow = {
  readonly taps: readonly [height: number, width: number]
  readonly strides: readonly [height: number, width: number]
  readonly pads: readonly [top: number, left: number, bottom: number, right: number]
}

/** What a convolution does to its result: adds its third argument, a bias per channel, then leaky ReLU. */
export type Epilogue = { readonly bias: boolean; readonly slope: number | null }

export type Op =
  | {
      readonly kind: 'input'
      readonly name: string
      readonly type: ElementType
      readonly shape: Shape
    }
  | { readonly kind: 'constant'; readonly shape: Shape; readonly data: Float32Array }
  | { readonly kind: 'fill'; readonly shape: Shape; readonly value: number }
  | { readonly kind: 'unary'; readonly fn: UnaryFunction }
  | { readonly kind: 'leakyRelu'; readonly slope: number }
  /** 1 where the argument is above 0, else `slope`. */
  | { readonly kind: 'step'; readonly slope: number }
  | { readonly kind: 'binary'; readonly fn: BinaryFunction }
  /** (condition, then, else), all broadcast. */
  | { readonly kind: 'select' }
  | {
      readonly kind: 'reduce'
      readonly fn: ReduceFunction
      readonly axes: readonly number[]
      readonly keep: boolean
    }
  | { readonly kind: 'reshape'; readonly shape: Shape }
  | { readonly kind: 'broadcast'; readonly shape: Shape }
  | { readonly kind: 'transpose'; readonly order: readonly number[] }
  | { readonly kind: 'concat'; readonly axis: number }
  | { readonly kind: 'slice'; readonly begin: Shape; readonly size: Shape }
  | { readonly kind: 'pad'; readonly before: Shape; readonly after: Shape; readonly value: number }
  | { readonly kind: 'tile'; readonly repeats: Shape }
  | { readonly kind: 'reverse'; readonly axes: readonly number[] }
  /** Matrix product over the last two axes, transposed first as told; the axes before are equal batches. */
  | {
      readonly kind: 'matmul'
      readonly transposeA: boolean
      readonly transposeB: boolean
      readonly bias: boolean
    }
  /** (map [n,h,w,a], filter [kh,kw,a,b], bias?) to [n,h',w',b]. */
  | { readonly kind: 'conv'; readonly window: ConvWindow; readonly epilogue: Epilogue }
  /** The adjoint of `conv` in its map: (map [n,h',w',b], filter [kh,kw,a,b], bias?) to [n, ...size, a]. */
  | {
      readonly kind: 'convInput'
      readonly window: ConvWindow
      readonly size: readonly [height: number, width: number]
      readonly epilogue: Epilogue
    }
  /** The adjoint of `conv` in its filter: (map [n,h,w,a], map [n,h',w',b]) to [kh,kw,a,b]. */
  | { readonly kind: 'convFilter'; readonly window: ConvWindow }
  | { readonly kind: 'resample'; readonly fn: ResampleFunction }
  /** Its first argument, not before the others are known: keeps apart what must not be in memory at one time. */
  | { readonly kind: 'after' }

/** One value of a graph. Ids are unique in a graph and say nothing else. */
export type Value = {
  readonly id: number
  readonly op: Op
  readonly args: readonly Value[]
  readonly shape: Shape
}

/** Values in an order where each comes after its arguments, and the named results among them. */
export type Graph = {
  readonly values: readonly Value[]
  readonly outputs: ReadonlyMap<string, Value>
}

/** Epilogue of a convolution that does nothing to its result. */
export const NO_EPILOGUE: Epilogue = { bias: false, slope: null }

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** Whether two lists of numbers are equal. */
export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i])
}

/** An operation's own parameters in a line, without its arguments; two with equal text are the same operation. */
export function describe(op: Op): string {
  const { kind, ...rest } = op
  if (op.kind === 'constant') {
    const few = op.data.length <= 8 ? [...op.data].join(' ') : `${op.data.length} values`
    return `constant [${op.shape.join(',')}] ${few}`
  }
  const words = Object.entries(rest).map(([name, value]) => word(name, value))
  return [kind, ...words.filter((text) => text !== '')].join(' ')
}

function word(name: string, value: unknown): string {
  if (value === null || value === false) return ''
  if (value === true) return name
  if (name === 'fn' || name === 'type' || (name === 'name' && typeof value === 'string'))
    return String(value)
  if (name === 'shape') return `[${String(value)}]`
  if (Array.isArray(value)) return `${name}=${value.join(',')}`
  if (typeof value !== 'object') return `${name}=${String(value)}`
  const words = Object.entries(value).map(([inner, part]) => word(inner, part))
  return words.filter((text) => text !== '').join(' ')
}

/** The graph as text, a value a line, numbered in order. */
export function print(graph: Graph): string {
  const names = new Map(graph.values.map((value, i) => [value, `%${i}`]))
  const lines = graph.values.map((value) => {
    const args = value.args.map((arg) => names.get(arg) ?? '%?').join(', ')
    return `${names.get(value)}: [${value.shape.join(',')}] = ${describe(value.op)}${args && `(${args})`}`
  })
  for (const [name, value] of graph.outputs)
    lines.push(`return ${name} = ${names.get(value) ?? '%?'}`)
  return lines.join('\n')
}
