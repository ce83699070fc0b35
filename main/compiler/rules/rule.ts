import type * as tf from '@tensorflow/tfjs-core'
import type { GraphBuilder } from '../builder'
import type { Value } from '../ir'

/** A tfjs kernel being recorded. */
export type KernelCall = {
  readonly builder: GraphBuilder
  /** In tfjs' order, for kernels with a list of inputs or only one. */
  readonly args: readonly Value[]
  readonly named: Readonly<Record<string, Value>>
  readonly types: readonly tf.DataType[]
  readonly attrs: tf.NamedAttrMap
}

/** What a tfjs kernel is in the compiler's terms; `type` where it is not that of its first input. */
export type KernelRule = {
  readonly type?: tf.DataType
  record(call: KernelCall): Value | Value[]
}

/** A rule of a kernel that keeps the type of its first input. */
export function rule(record: KernelRule['record']): KernelRule {
  return { record }
}

/** The first of a kernel's inputs. */
export function first(args: readonly Value[]): Value {
  const [arg] = args
  if (!arg) throw new Error('a tfjs kernel was called without inputs')
  return arg
}

/** The input that tfjs names so. */
export function input(named: Readonly<Record<string, Value>>, name: string): Value {
  const value = named[name]
  if (!value) throw new Error(`a tfjs kernel was called without its input "${name}"`)
  return value
}
