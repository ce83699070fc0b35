import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ClosingMemory } from '../../main/app/closingMemory'

const folder = mkdtempSync(join(tmpdir(), 'sprout-closing-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('asks until a choice is remembered, and keeps it for the next start', () => {
  const file = join(folder, 'closing.json')
  const memory = new ClosingMemory(file)
  expect(memory.whenClosing).toBe('ask')
  memory.remember('background')
  expect(new ClosingMemory(file).whenClosing).toBe('background')
  memory.remember('ask')
  expect(new ClosingMemory(file).whenClosing).toBe('ask')
  expect(readdirSync(folder)).toEqual(['closing.json'])
})

test('a file that says something else is as if there were none', () => {
  const file = join(folder, 'odd.json')
  writeFileSync(file, '{"whenClosing":"explode"}')
  expect(new ClosingMemory(file).whenClosing).toBe('ask')
  expect(readFileSync(file, 'utf8')).toContain('explode')
})

test('a choice that cannot be written is told with the file’s name, and holds for now', () => {
  const memory = new ClosingMemory(join(folder, 'no', 'such', 'folder.json'))
  expect(() => memory.remember('stop')).toThrow('folder.json could not be written')
  expect(memory.whenClosing).toBe('stop')
})
