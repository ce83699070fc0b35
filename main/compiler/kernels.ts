/**
 * Names of the kernels that are Sprout's own, beside those of tfjs-core. The ops that call them are in
 * `main/runtime/ops.ts`; every engine must know them.
 */

/** Nearest-neighbour enlargement by two: NHWC [n, h, w, c] to [n, 2h, 2w, c]. */
export const NEAREST_UP_2 = 'SproutNearestUp2'

/** Mean of 2x2 boxes: NHWC [n, 2h, 2w, c] to [n, h, w, c]. */
export const BOX_DOWN_2 = 'SproutBoxDown2'

/** [3, 3, a, b] to the [4, 4, a, b] kernel of the same convolution followed by the sum of 2x2 boxes. */
export const SUM_TAPS_4 = 'SproutSumTaps4'

/** The adjoint of `SUM_TAPS_4`: [4, 4, a, b] to [3, 3, a, b]. */
export const FOLD_TAPS_3 = 'SproutFoldTaps3'

/** Its first input, which is not to be used before its other inputs are known. */
export const AFTER = 'SproutAfter'
