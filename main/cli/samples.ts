import type { Context } from './output'
import { exportTo } from './export'

/** `sprout samples RUN`: draws from the newest intact checkpoint into a PNG. */
export async function drawSamples(
  context: Context,
  wanted: string,
  options: {
    count: number
    columns?: number
    seed: number
    class?: string
    truncation: number
    labels: boolean
    out: string
  },
): Promise<void> {
  const { count, seed, columns = null, truncation, labels } = options
  const samples = { which: 'seeds', seed, count, className: options.class ?? null } as const
  await exportTo(context, wanted, options.out, {
    kind: 'sheet',
    samples,
    columns,
    truncation,
    labels,
  })
}
