import { siteKey, siteOf } from '../convSites'
import type { ConvKernel, ConvKernels } from '../convSites'
import type { Value } from '../ir'
import type { Emitter, Placed } from './emitter'

/** What the lowering of one value may use. */
export type Lowering = {
  readonly emit: Emitter
  readonly kernels: ConvKernels
  /** A value that was lowered before; known numbers (fills) become ONNX constants. */
  placed(value: Value): Placed
}

/** The i-th argument of a value; the verifier has counted them. */
export function arg(value: Value, i: number): Value {
  const found = value.args[i]
  if (!found) throw new Error(`${value.op.kind} has no argument ${i}`)
  return found
}

/** The kernel that was chosen for a convolution; `blocked` where none was, which is `plain` where that cannot be. */
export function kernelFor(kernels: ConvKernels, value: Value): ConvKernel {
  const site = siteOf(value)
  return (site && kernels.get(siteKey(site))) ?? 'blocked'
}
