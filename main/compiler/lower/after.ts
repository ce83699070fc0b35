import type { Value } from '../ir'
import { sizeOf } from '../ir'
import type { Placed } from './emitter'
import type { Lowering } from './lowering'
import { arg } from './lowering'

/**
 * A value that waits for others. The runtime knows no order but that of data, so one element of each of the others,
 * wherever it lies, is multiplied by zero and added.
 */
export function lowerAfter({ emit, placed }: Lowering, value: Value): Placed {
  const awaited = value.args.slice(1).map((other) => {
    const flat = emit.reshape(placed(other).name, [sizeOf(emit.dims(placed(other)))])
    return emit.node('Slice', [flat, emit.sizes([0]), emit.sizes([1])])
  })
  const joined = emit.node('Concat', awaited, { axis: { int: 0 } })
  const sum = emit.node('ReduceSum', [joined, emit.sizes([0])], { keepdims: { int: 0 } })
  const nothing = emit.node('Mul', [sum, emit.number(0)])
  const x = placed(arg(value, 0))
  return { ...x, name: emit.node('Add', [x.name, nothing]) }
}
