import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { RunFile } from '../../main/store/runFile'

/** What a finished run ended with: its step, and each tensor's shape and digest by name. */
export function finalBits(runFile: string): { step: number; tensors: Record<string, string> } {
  const run = RunFile.openForReading(runFile)
  try {
    const last = run.checkpoints().at(-1)!
    expect(last.kind).toBe('final')
    const { info, tensors } = run.loadCheckpoint(last.id)
    const bits: Record<string, string> = {}
    for (const [name, { shape, values }] of tensors) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      bits[name] = `[${shape.join()}] ${createHash('sha256').update(bytes).digest('hex')}`
    }
    for (const family of ['generator/', 'discriminator/', 'average/', 'adam/'])
      expect(Object.keys(bits).some((name) => name.startsWith(family))).toBe(true)
    return { step: info.step, tensors: bits }
  } finally {
    run.close()
  }
}
