import { expect, test } from 'vitest'
import { crashReport, withoutNames } from '../../main/app/crashReport'

const ABOUT = { version: '0.1.0', electron: '45.4.1' }

test('a report tells of every crash, and in its plain form of no file, folder or picture', () => {
  const end = {
    orderly: false,
    crashed: true,
    message: 'The trainer process ended unexpectedly (exit code 139).',
    lastWords: [
      'Error: ENOENT: /home/ada/My Pictures/grandma at the sea.png',
      '    at read (/opt/Sprout/resources/app.asar/out/main/trainer.cjs:12:3)',
      '    at C:\\Users\\Ada\\Bilder\\katze.JPG',
      '    at file:///Users/ada/x.mjs',
      'cannot decode "Familie/Tante Käthe 3.webp", bird.gif skipped',
    ].join('\n'),
  }
  const { plain, full } = crashReport(
    [
      { at: 0, end },
      { at: 1000, end },
    ],
    ABOUT,
  )
  for (const text of [plain, full]) {
    expect(text).toContain('Sprout 0.1.0')
    expect(text.split('exit code 139')).toHaveLength(3)
  }
  expect(full).toContain('grandma at the sea.png')
  for (const name of ['ada', 'Ada', 'grandma', 'sea', 'katze', 'Käthe', 'bird', 'trainer.cjs']) {
    expect(plain).not.toContain(name)
  }
})

test('words that are no names stay', () => {
  const text = 'D 1/2, 3 steps and 16x16 px: out of memory (exit code 9).'
  expect(withoutNames(text)).toBe(text)
})
