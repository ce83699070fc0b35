import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linesOf, sprout, temporaryHome } from './sprout'

const home = temporaryHome()
const at = (name: string) => join(home.folder, name)
const run = (...args: string[]) => sprout('--home', home.folder, ...args)
afterAll(() => home.remove())

beforeAll(async () => {
  const train = ['train', '--data', 'sample:emoji', '--to', '8', '--images', '64', '--name', 'few']
  const trained = await run(...train, '--stable-images', '64', '--fade-images', '0')
  expect(trained.code, trained.stderr).toBe(0)
}, 120_000)

test('pictures are exported and traced back', async () => {
  const zip = await run(
    'export',
    'few',
    'pictures',
    '--seeds',
    '3,9',
    '--out',
    at('some'),
    '--json',
  )
  expect(zip.code, zip.stderr).toBe(0)
  expect(linesOf(zip).at(-1)).toMatchObject({ type: 'export', kind: 'pictures', file: at('some') })
  expect(readdirSync(at('some')).sort()).toEqual([
    'samples.json',
    'seed-000003.png',
    'seed-000009.png',
  ])
  const traced = await run('trace', join(at('some'), 'seed-000009.png'), '--json')
  expect(linesOf(traced)[0]).toMatchObject({
    type: 'trace',
    runName: 'few',
    seed: 9,
    truncation: 1,
  })
  const told = await run('trace', join(at('some'), 'seed-000009.png'))
  expect(told.stdout).toMatch(/run +\S+ {2}few\ncheckpoint +\d+ images, \d+ px\nseed +9\n/)
}, 60_000)

test('a seed is the same picture on a sheet of `samples`', async () => {
  const args = ['samples', 'few', '--seed', '8', '--count', '2', '--columns', '2']
  expect((await run(...args, '--out', at('two.png'))).code).toBe(0)
  const { width, height } = await sharp(at('two.png')).metadata()
  expect(width).toBe(2 * height)
  const right = await sharp(at('two.png'))
    .extract({ left: height, top: 0, width: height, height })
    .raw()
    .toBuffer()
  const alone = await sharp(join(at('some'), 'seed-000009.png'))
    .raw()
    .toBuffer()
  expect(right.equals(alone)).toBe(true)
}, 60_000)

test('moving pictures, a page, the generator and metrics have a kind each', async () => {
  const kinds: [string, string, ...string[]][] = [
    ['walk', 'w.gif', '--seeds', '1,2', '--seconds', '1', '--fps', '5', '--width', '32'],
    ['timelapse', 't.webp', '--width', '64'],
    ['html', 'p.html', '--count', '2'],
    ['onnx', 'g.onnx'],
    ['metrics', 'm.csv'],
  ]
  for (const [kind, name, ...options] of kinds) {
    const { code, stderr } = await run('export', 'few', kind, '--out', at(name), ...options)
    expect(code, `${kind}: ${stderr}`).toBe(0)
    expect(existsSync(at(name))).toBe(true)
  }
  expect(await sharp(at('w.gif'), { animated: true }).metadata()).toMatchObject({ pages: 5 })
  expect(readFileSync(at('m.csv'), 'utf8')).toMatch(/^time,imagesSeen/)
}, 120_000)

test('what is asked wrongly is said in one line', async () => {
  const oneLine = /^sprout: [^\n]+\n$/
  const wrongName = await run('export', 'few', 'walk', '--out', at('w.png'))
  expect([wrongName.code, wrongName.stderr]).toEqual([1, expect.stringMatching(/webp or gif/)])
  const notOurs = await run('trace', at('m.csv'))
  expect([notOurs.code, notOurs.stderr]).toEqual([1, expect.stringMatching(oneLine)])
  const missing = await run('trace', at('none.png'))
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringMatching(oneLine)])
  expect((await run('export', 'few', 'poem', '--out', at('x'))).code).toBe(2)
  expect((await run('export', 'few', 'html', '--truncation', '2', '--out', at('x'))).code).toBe(2)
}, 60_000)
