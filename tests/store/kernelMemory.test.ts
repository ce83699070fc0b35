import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KernelMemory } from '../../main/store/kernelMemory'
import { createRun, temporaryHome } from './home'

let home: ReturnType<typeof temporaryHome>
beforeEach(() => (home = temporaryHome()))
afterEach(() => home.remove())

test('each machine has its own choices, which last', () => {
  const memory = new KernelMemory(home, 'this one')
  memory.set('4x4 8-8 x2', 'winograd')
  memory.set('8x8 8-8 x2', 'plain')
  new KernelMemory(home, 'another').set('4x4 8-8 x2', 'blocked')
  const later = new KernelMemory(home, 'this one')
  expect(later.get('4x4 8-8 x2')).toBe('winograd')
  expect(later.get('8x8 8-8 x2')).toBe('plain')
  expect(later.get('16x16 8-8 x2')).toBeUndefined()
})

test.each(['', '{"version":1,"machines":{"m":{"k":"magic"}}}', '\0\0\0'])(
  'a file that is no memory (%j) holds nothing and is replaced',
  (text) => {
    writeFileSync(join(home.folder, 'kernels.json'), text)
    const memory = new KernelMemory(home, 'm')
    expect(memory.get('k')).toBeUndefined()
    memory.set('k', 'plain')
    expect(memory.get('k')).toBe('plain')
  },
)

test('a run keeps the first choice for each convolution, also when a resume made it void', () => {
  const run = createRun(home, 'r1')
  expect(run.kernels()).toEqual({})
  run.recordEvent({ kind: 'kernels', imagesSeen: 0, kernels: { a: 'winograd' } })
  run.recordEvent({ kind: 'kernels', imagesSeen: 64, kernels: { a: 'plain', b: 'blocked' } })
  run.truncateAfter(0)
  expect(run.kernels()).toEqual({ a: 'winograd', b: 'blocked' })
  run.close()
})
