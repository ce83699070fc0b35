import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { linesOf, sprout, startSprout, temporaryHome } from './sprout'

const home = temporaryHome()
afterAll(home.remove)
const WHERE = ['--home', home.folder]
const TIMEOUT_MS = 180_000

describe('sprout rehearse', { timeout: TIMEOUT_MS }, () => {
  test('prints a table, tells its progress as JSON, and remembers', async () => {
    const first = await sprout('rehearse', '--to', '8', '--json', ...WHERE)
    expect(first.stderr).toBe('')
    expect(first.code).toBe(0)
    const lines = linesOf(first)
    expect(lines.map(({ type }) => type)).toEqual(['rehearsing', 'rehearsing', 'rehearsal'])
    expect(lines.at(-1)).toMatchObject({ fits: true, largestFitting: 8, device: 'cpu' })
    const table = await sprout('rehearse', '--to', '8', ...WHERE)
    expect(table.code).toBe(0)
    expect(table.stdout).toMatch(/^ *size +batch +images\/s +time +memory +disk +device\n/)
    expect(table.stdout).toMatch(/\n *8 px +16 +[\d.]+ +.*MiB +cpu\n/)
    expect(table.stdout).toMatch(/It fits\.\n$/)
    const json = linesOf(await sprout('rehearse', '--to', '8', '--json', ...WHERE))
    expect(json.map(({ type }) => type)).toEqual(['rehearsal'])
    expect(json[0]!.stages).toEqual(lines.at(-1)!.stages)
  })

  test('names the largest that fits', async () => {
    const args = ['rehearse', '--preset', 'medium', '--to', '64', '--memory', '60']
    const { code, stdout } = await sprout(...args, ...WHERE)
    expect(code).toBe(0)
    expect(stdout).toMatch(/The stage of 4 px needs about .* Nothing smaller fits\.\n$/)
    const wrong = await sprout('rehearse', '--to', '24', ...WHERE)
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('power of two')
  })

  test('Ctrl-C stops it and leaves nothing running', async () => {
    const { ended } = startSprout(
      ['rehearse', '--to', '32', '--again', '--json', ...WHERE],
      (line, child) => {
        // In the middle of the stage's compiling.
        if (line.type === 'rehearsing') setTimeout(() => child.kill('SIGINT'), 700)
      },
    )
    const { code, stderr } = await ended
    expect(code).toBe(1)
    expect(stderr).toContain('Stopped')
  })
})

test('train refuses, before anything is prepared, what cannot fit, unless it is told to', async () => {
  // Mosaics of so many images take terabytes.
  const huge = ['--preset', 'paper', '--to', '1024', '--stable-images', '90000000']
  const result = await sprout('train', '--data', 'sample:mnist', ...huge, ...WHERE)
  expect(result.code).toBe(1)
  expect(result.stderr).toMatch(/^sprout: The stage of \d+ px .* What fits: .* --anyway\.\n$/)
  const datasets = join(home.folder, 'datasets')
  expect(existsSync(datasets) ? readdirSync(datasets) : []).toEqual([])
  const anyway = ['train', '--data', 'sample:cats', '--anyway', ...huge, ...WHERE]
  expect((await sprout(...anyway)).stderr).toContain('sample:cats')
}, 60_000)
