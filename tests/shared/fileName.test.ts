import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fileStem } from '../../shared/runFileName'

describe('the stem of a run file', () => {
  test('is the name where any system takes that', () => {
    expect(fileStem('Old oak, sharper')).toBe('Old oak, sharper')
    expect(fileStem('橡树 🌳')).toBe('橡树 🌳')
  })

  test('leads nowhere else and hides nothing', () => {
    expect(fileStem('../../etc/passwd')).toBe('etc passwd')
    expect(fileStem('C:\\windows\n')).toBe('C windows')
    expect(fileStem('.hidden.')).toBe('hidden')
    expect(fileStem(' .. ')).toBe('run')
    expect(fileStem('', 'samples')).toBe('samples')
    expect(fileStem('con')).toBe('run con')
    expect(fileStem('con.old')).toBe('run con.old')
  })

  test('is a name that every system takes, whatever the run is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const stem = fileStem(name)
        expect(stem).not.toMatch(/[\\/:*?"<>|\p{Cc}]|^[\s.]|[\s.]$/u)
        expect(stem).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
        expect(stem.length).toBeGreaterThan(0)
        expect(Buffer.byteLength(`${stem}.sprout`)).toBeLessThan(256)
      }),
    )
  })
})
