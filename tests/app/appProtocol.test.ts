import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerFile, fileFor } from '../../main/app/appProtocol'

const outside = mkdtempSync(join(tmpdir(), 'sprout-origin-'))
const folder = join(outside, 'renderer')

beforeAll(() => {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(outside, 'secret.json'), 'secret')
  writeFileSync(join(folder, 'index.html'), '<p>page</p>')
  writeFileSync(join(folder, 'assets/a b.js'), 'code')
})
afterAll(() => rmSync(outside, { recursive: true }))

test('files are served with their type and a policy that starts from nothing', async () => {
  const { status, headers, body } = await answerFile('app://sprout/', folder)
  expect(status).toBe(200)
  expect(body.toString()).toBe('<p>page</p>')
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  const policy = headers['content-security-policy']
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'/)
  expect(policy).toContain("style-src 'self';")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect((await answerFile('app://sprout/assets/a%20b.js', folder)).body.toString()).toBe('code')
})

test.each([
  'app://sprout/../secret.json',
  'app://sprout/%2e%2e/secret.json',
  'app://sprout/%252e%252e/secret.json',
  'app://sprout/..%2fsecret.json',
  'app://sprout/assets/..%2f..%2fsecret.json',
  'app://sprout/..%5csecret.json',
  'app://sprout//etc/passwd.json',
  'app://sprout/%2fetc%2fpasswd.json',
  'app://sprout/C:/secret.json',
  'app://sprout/C%3a%5csecret.json',
  'app://sprout/%5c%5cserver%5cshare%5csecret.json',
  'app://sprout/index.html::$DATA',
  'app://sprout/con.json',
  'app://sprout/%00.json',
  'app://sprout/index.html%00.json',
  'app://sprout/%E0%A4%A',
  'app://elsewhere/index.html',
  'app://sprout:80/index.html',
  'app://sprout.elsewhere/index.html',
  'https://sprout/index.html',
  'file:///etc/passwd',
  'not a URL',
  '',
])('%s is refused', async (url) => {
  const { status, body } = await answerFile(url, folder)
  expect([403, 404]).toContain(status)
  expect(body.toString()).not.toContain('secret')
})

const steps = fc.oneof(
  fc.constantFrom(
    '..',
    '%2e%2e',
    '%252e%252e',
    '.',
    '%2e',
    '...',
    'assets',
    'secret.json',
    'index.html',
    '%2f',
    '..%2f',
    '//',
    '\\',
    '%5c',
    '..%5c',
    '%c0%ae%c0%ae',
    '%uff0e',
    '．．',
    '%00',
    'C:',
    'c%3a',
    'D:secret.json',
    '%5c%5cserver',
    '?',
    '#',
    '@',
    'nul',
    'aux.js',
    ' ',
    '%20',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.webPath({ size: 'xsmall' }),
)
const hostile = fc.oneof(
  fc
    .tuple(fc.constantFrom('app://sprout/', 'app://sprout', 'APP://SPROUT/'), fc.array(steps))
    .map(([start, parts]) => start + parts.join('/')),
  fc.array(steps, { maxLength: 6 }).map((parts) => `app://sprout/${parts.join('')}`),
  fc.webUrl({ validSchemes: ['app', 'file', 'https'] }),
)

test('no URL leads out of the folder, on any system', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (url) => {
      const { body } = await answerFile(url, folder)
      expect(body.toString()).not.toContain('secret')
      const windows = fileFor(url, 'C:\\app\\renderer', win32)
      if (windows !== null) {
        expect(windows).toMatch(/^C:\\app\\renderer(\\[\w-][\w .-]*)+$/)
        expect(win32.resolve(windows)).toBe(windows)
      }
      const elsewhere = fileFor(url, '/app/renderer', posix)
      if (elsewhere !== null) expect(elsewhere).toMatch(/^\/app\/renderer(\/[\w-][\w .-]*)+$/)
    }),
    { numRuns: 3000 },
  )
})

test('kinds of file that no page is made of are not served', async () => {
  symlinkSync(join(outside, 'secret.json'), join(folder, 'key.pem'))
  expect((await answerFile('app://sprout/key.pem', folder)).status).toBe(403)
})
