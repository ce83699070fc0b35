import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, win32 } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { ChosenFiles, suggestedPath, withExtension } from '../../main/app/chosenFiles'
import { fileNameFor, isDeviceName } from '../../shared/domain/fileName'

const folder = mkdtempSync(join(tmpdir(), 'sprout-chosen-'))
afterAll(() => rmSync(folder, { recursive: true }))

const HOSTILE = [
  '../../x',
  '..\\..\\x',
  '/etc/passwd',
  'C:\\Windows\\x',
  '\\\\server\\share\\x',
  'CON',
  'con.txt',
  'LPT¹',
  'nul .png',
  'a\nb',
  'a\0b',
  '.hidden',
  '~',
  '-rf',
  'dots...',
  'x:stream',
  '\u202egnp.exe',
  '\ud800',
  '花'.repeat(300),
  '',
  ' ',
]

const names = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 4 })), { maxLength: 5 })
    .map((parts) => parts.join('')),
)

test('whatever a run is called, its file has a plain name in the folder that was meant', () => {
  const check = (name: string) => {
    const file = suggestedPath(folder, name, 'sprout')
    expect(dirname(file)).toBe(folder)
    expect(win32.basename(file)).toBe(basename(file))
    expect(file.endsWith('.sprout')).toBe(true)
    const plain = fileNameFor(name, 'run')
    expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\\/:*?"<>|]|^[\s.~-]|[\s.]$|^$/u)
    expect(isDeviceName(plain)).toBe(false)
    expect(Buffer.byteLength(plain)).toBeLessThan(200)
    // A name that is fine already stays.
    expect(fileNameFor(plain, 'run')).toBe(plain)
  }
  HOSTILE.forEach(check)
  fc.assert(fc.property(names, check), { numRuns: 2000 })
})

test('usual names stay as they are', () => {
  for (const name of ['Oak', 'Pilze 蘑菇 2', 'run 3 (best), v1.2', 'console', 'Ünï & co']) {
    expect(fileNameFor(name, 'run')).toBe(name)
  }
  expect(suggestedPath('/p', 'oak.png', 'png')).toBe(join('/p', 'oak.png'))
  expect(suggestedPath('/p', 'oak', '')).toBe(join('/p', 'oak'))
})

test('a name that gets its extension replaces nothing that nobody was asked about', () => {
  const file = join(folder, 'oak')
  expect(withExtension(file, 'png')).toBe(`${file}.png`)
  writeFileSync(`${file}.png`, 'mine')
  expect(withExtension(file, 'png')).toBe(`${file} 2.png`)
  expect(withExtension(`${file}.png`, 'png')).toBe(`${file}.png`)
  expect(withExtension(file, '')).toBe(file)
})

test('a window has shown what is in the home folder or was saved, and nothing else', () => {
  const home = join(folder, 'home')
  const files = new ChosenFiles(home)
  const saved = join(folder, 'saved.png')
  expect(() => files.checked(saved)).toThrow('none of the files')
  files.add(saved)
  expect(files.checked(saved)).toBe(saved)
  expect(files.checked(join(home, 'runs/a.sqlite'))).toBe(join(home, 'runs/a.sqlite'))
  for (const other of [
    join(home, '../x'),
    `${home}x`,
    '/etc',
    join(saved, 'below'),
    '\\\\server\\share',
  ]) {
    expect(() => files.checked(other)).toThrow('none of the files')
  }
})
