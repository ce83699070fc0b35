import { expect, test } from 'vitest'
import type { ConvKernel, ConvSite } from '../../main/compiler/convSites'
import { fastestKernel, tuneKernels, tuningKey } from '../../main/runtime/kernelTuner'

const SITE: ConvSite = { height: 4, width: 4, inputs: 8, outputs: 8, images: 2 }

test(
  'a machine without blocked maps is offered no kernel for them',
  { timeout: 60_000 },
  async () => {
    expect(['plain', 'winograd']).toContain(await fastestKernel(SITE, { block: 0, threads: 1 }))
  },
)

test('tiles that would take too much memory are not tried', { timeout: 60_000 }, async () => {
  const large = { ...SITE, height: 256, width: 256, images: 8 }
  expect(await fastestKernel(large, { block: 0, threads: 2 })).toBe('plain')
})

test(
  'what is remembered is not timed again; what is timed is remembered',
  { timeout: 60_000 },
  async () => {
    const on = { block: 0, threads: 1 }
    const known = { ...SITE, height: 6 }
    const memory = new Map<string, ConvKernel>([[tuningKey(known, on), 'blocked']])
    const kernels = await tuneKernels([known, SITE], on, memory)
    // Blocked is none of the kernels that would be timed here, so it can only have been remembered.
    expect(kernels.get('6x4 8-8')).toBe('blocked')
    expect(memory.get(tuningKey(SITE, on))).toBe(kernels.get('4x4 8-8'))
  },
)

test('a choice is of one batch, block and number of threads', () => {
  const on = { block: 8, threads: 2 }
  const keys = [
    tuningKey(SITE, on),
    tuningKey({ ...SITE, images: 4 }, on),
    tuningKey(SITE, { ...on, block: 16 }),
    tuningKey(SITE, { ...on, threads: 1 }),
  ]
  expect(new Set(keys).size).toBe(4)
})
