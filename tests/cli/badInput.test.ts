import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { linesOf, sprout, temporaryHome, type Result } from './sprout'

const home = temporaryHome()
afterAll(home.remove)
const WHERE = ['--home', join(home.folder, 'home')]

function folder(name: string): string {
  const path = join(home.folder, name)
  mkdirSync(path)
  return path
}

/** A picture of one colour with a gradient, so that no two are equal. */
async function picture(file: string, seed: number): Promise<void> {
  const size = 40
  const pixels = Buffer.alloc(size * size * 3, 0)
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * (seed + 3)) % 256
  await sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).toFile(file)
}

/** A failure is exit code 1 and one line on stderr that has all of `words`. */
function expectFailure(result: Result, ...words: string[]): void {
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
  for (const word of words) expect(result.stderr).toContain(word)
  expect(result.code).toBe(1)
}

const train = (data: string, ...more: string[]) =>
  sprout('train', '--data', data, ...WHERE, ...more)

describe('a failure is one clear line and exit code 1', () => {
  test('for an empty folder', async () => {
    expectFailure(await train(folder('empty')), 'empty')
  })

  test('for a folder that does not exist', async () => {
    expectFailure(await train(join(home.folder, 'nowhere')), 'nowhere')
  })

  test('for a folder with no readable picture', async () => {
    const path = folder('unreadable')
    writeFileSync(join(path, 'a.png'), 'not a picture')
    writeFileSync(join(path, 'notes.txt'), 'text')
    expectFailure(await train(path), 'unreadable')
  })

  test('for fewer pictures than one batch', async () => {
    const path = folder('few')
    for (let i = 0; i < 3; i++) await picture(join(path, `${i}.png`), i)
    expectFailure(await train(path, '--to', '8'), '3 pictures', 'batch of 16')
  })

  test('for a resolution that is no power of two', async () => {
    expectFailure(await train('sample:mnist', '--to', '24'), '24', 'power of two')
  })

  test('for sample data that does not exist', async () => {
    expectFailure(await train('sample:cats'), 'sample:cats', 'sample:emoji')
  })

  test('for a home that cannot be written', async () => {
    const file = join(home.folder, 'a-file')
    writeFileSync(file, 'in the way')
    const result = await sprout('train', '--data', 'sample:mnist', '--home', join(file, 'home'))
    expectFailure(result, join(file, 'home'))
  })

  test('for a run that does not exist', async () => {
    for (const command of ['show', 'resume', 'verify']) {
      expectFailure(await sprout(command, 'no-such-run', ...WHERE), 'no-such-run')
    }
    const out = join(home.folder, 'x.png')
    expectFailure(await sprout('samples', 'no-such-run', '--out', out, ...WHERE), 'no-such-run')
  })
})

test('a truncated JPEG among good pictures is skipped by name, and the rest trains', async () => {
  const path = folder('mixed')
  for (let i = 0; i < 20; i++) await picture(join(path, `${i}.jpg`), i)
  const whole = await sharp(join(path, '0.jpg')).toBuffer()
  writeFileSync(join(path, 'truncated.jpg'), whole.subarray(0, Math.floor(whole.length / 2)))
  const result = await train(path, '--to', '4', '--images', '64', '--json')
  expect(result.stderr).toBe('')
  expect(result.code).toBe(0)
  expect(linesOf(result).at(-1)).toMatchObject({ type: 'end', ending: 'finished', imagesSeen: 64 })
  const added = await sprout('data', 'add', path, '--to', '4', ...WHERE)
  expect(added.stdout).toContain('20 pictures, 1 skipped')
}, 60_000)

test('wrong usage is exit code 2', async () => {
  expect((await sprout('train', ...WHERE)).code).toBe(2)
  expect((await sprout('train', '--data', 'sample:mnist', '--preset', 'huge')).code).toBe(2)
  expect((await sprout('dance')).code).toBe(2)
  expect((await sprout('--help')).code).toBe(0)
})

test('failures leave no run behind', () => {
  // Only the one run that trained.
  const runs = readdirSync(join(home.folder, 'home', 'runs')).filter((f) => f.endsWith('.sqlite'))
  expect(runs).toHaveLength(1)
})
