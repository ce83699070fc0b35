import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fileNameFor } from '../../shared/domain/fileName'

describe('the stem of a run file', () => {
  test('is the name where any system takes that', () => {
    expect(fileNameFor('Old oak, sharper', 'run')).toBe('Old oak, sharper')
    expect(fileNameFor('橡树 🌳', 'run')).toBe('橡树 🌳')
  })

  test('leads nowhere else and hides nothing', () => {
    expect(fileNameFor('../../etc/passwd', 'run')).toBe('etc passwd')
    expect(fileNameFor('C:\\windows\n', 'run')).toBe('C windows')
    expect(fileNameFor('.hidden.', 'run')).toBe('hidden')
    expect(fileNameFor(' .. ', 'run')).toBe('run')
    expect(fileNameFor('', 'samples')).toBe('samples')
    expect(fileNameFor('con', 'run')).toBe('run con')
    expect(fileNameFor('con.old', 'run')).toBe('run con.old')
  })

  test('is a name that every system takes, whatever the run is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const stem = fileNameFor(name, 'run')
        expect(stem).not.toMatch(/[\\/:*?"<>|\p{Cc}]|^[\s.]|[\s.]$/u)
        expect(stem).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
        expect(stem.length).toBeGreaterThan(0)
        expect(Buffer.byteLength(`${stem}.sprout`)).toBeLessThan(256)
      }),
    )
  })
})
