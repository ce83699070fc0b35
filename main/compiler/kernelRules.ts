import type { ResampleFunction } from './ir'
import { AFTER, BOX_DOWN_2, FOLD_TAPS_3, NEAREST_UP_2, SUM_TAPS_4 } from './kernels'
import { CONV_RULES } from './rules/conv'
import { ELEMENTWISE_RULES } from './rules/elementwise'
import { MOVEMENT_RULES } from './rules/movement'
import { REDUCE_RULES } from './rules/reduce'
import { first, rule, type KernelRule } from './rules/rule'

/** Every tfjs kernel that programs may use, directly or through gradients: a file a family. */
export const KERNEL_RULES: Readonly<Record<string, KernelRule>> = {
  ...ELEMENTWISE_RULES,
  ...REDUCE_RULES,
  ...MOVEMENT_RULES,
  ...CONV_RULES,
  [NEAREST_UP_2]: resample('nearestUp2'),
  [BOX_DOWN_2]: resample('boxDown2'),
  [SUM_TAPS_4]: resample('sumTaps4'),
  [FOLD_TAPS_3]: resample('foldTaps3'),
  [AFTER]: rule(({ builder, args }) => builder.add({ kind: 'after' }, ...args)),
}

function resample(fn: ResampleFunction): KernelRule {
  return rule(({ builder, args }) => builder.add({ kind: 'resample', fn }, first(args)))
}
