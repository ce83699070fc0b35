import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startSprout, temporaryHome } from './sprout'

const home = temporaryHome()
afterAll(home.remove)

test('a run trains without a word to anyone: the engine leaves neither a name for this computer nor a log', async () => {
  const user = join(home.folder, 'user')
  mkdirSync(user)
  // Where libraries put what they keep; and nothing that would silence them, as the tests' own environment does.
  const { ORT_DISABLE_TELEMETRY: _, CI: __, ...rest } = process.env
  const env = { ...rest, HOME: user, XDG_CACHE_HOME: join(user, 'cache'), TMPDIR: user }
  const args = ['train', '--data', 'sample:mnist', '--to', '4', '--images', '64']
  const where = ['--home', join(home.folder, 'home')]
  const { code, stderr } = await startSprout([...args, ...where], undefined, env).ended
  expect(code, stderr).toBe(0)
  expect(readdirSync(user, { recursive: true })).toEqual([])
}, 120_000)

test('every built program says so before it loads anything', () => {
  const out = join(__dirname, '../../out/main')
  for (const name of ['cli', 'library', 'trainer', 'job', 'reader']) {
    const [first] = readFileSync(join(out, `${name}.cjs`), 'utf8').split('\nrequire(')
    expect(first).toContain('process.env.ORT_DISABLE_TELEMETRY')
  }
})
