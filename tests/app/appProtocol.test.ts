import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerFile } from '../../main/app/appProtocol'

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
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'/)
  expect((await answerFile('app://sprout/assets/a%20b.js', folder)).body.toString()).toBe('code')
})

test.each([
  'app://sprout/../secret.json',
  'app://sprout/%2e%2e/secret.json',
  'app://sprout/..%2fsecret.json',
  'app://sprout/assets/..%2f..%2fsecret.json',
  'app://sprout/..%5csecret.json',
  'app://sprout//etc/passwd.json',
  'app://sprout/%00.json',
  'app://sprout/%E0%A4%A',
  'app://elsewhere/index.html',
  'https://sprout/index.html',
])('%s is refused', async (url) => {
  const { status, body } = await answerFile(url, folder)
  expect([403, 404]).toContain(status)
  expect(body.toString()).not.toContain('secret')
})

test('no path leads out of the folder', async () => {
  const step = fc.constantFrom(
    '..',
    '%2e%2e',
    '.',
    'assets',
    'secret.json',
    '%2f',
    '..%2f',
    '//',
    '\\',
    '%5c',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const { body } = await answerFile(`app://sprout/${steps.join('/')}`, folder)
      expect(body.toString()).not.toContain('secret')
    }),
  )
})
