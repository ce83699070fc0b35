import * as tf from '@tensorflow/tfjs-core'
import type { ReduceFunction } from '../ir'
import { first, rule, type KernelRule } from './rule'

/** Kernels that fold axes. */
export const REDUCE_RULES: Readonly<Record<string, KernelRule>> = {
  [tf.Sum]: reduce('sum'),
  [tf.Mean]: reduce('mean'),
  [tf.Max]: reduce('max'),
  [tf.Min]: reduce('min'),
}

function reduce(fn: ReduceFunction): KernelRule {
  return rule(({ builder, args, attrs }) => {
    const x = first(args)
    const name = fn === 'max' || fn === 'min' ? 'reductionIndices' : 'axis'
    const axes = tf.util.parseAxisParam((attrs[name] ?? attrs['axis']) as number | number[], [
      ...x.shape,
    ])
    return builder.add(
      {
        kind: 'reduce',
        fn,
        axes: [...axes].sort((a, b) => a - b),
        keep: Boolean(attrs['keepDims']),
      },
      x,
    )
  })
}
