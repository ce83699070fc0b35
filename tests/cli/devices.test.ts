import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { linesOf, sprout, temporaryHome } from './sprout'

const home = temporaryHome()
afterAll(home.remove)
const WHERE = ['--home', home.folder]
const TIMEOUT_MS = 300_000

describe('sprout devices', { timeout: TIMEOUT_MS }, () => {
  test('tries each, prints a table and remembers', async () => {
    const first = linesOf(await sprout('devices', '--json', ...WHERE))
    const tried = first.filter(({ type }) => type === 'trying').map(({ device }) => device)
    expect(tried).toContain('cpu')
    const found = first.filter(({ type }) => type === 'device')
    expect(found[0]).toMatchObject({ device: 'cpu', verdict: { kind: 'works' }, remembered: false })
    const again = linesOf(await sprout('devices', '--json', ...WHERE))
    expect(again.map(({ device, verdict }) => ({ device, verdict }))).toEqual(
      found.map(({ device, verdict }) => ({ device, verdict })),
    )
    expect(again[0]).toMatchObject({ device: 'cpu', remembered: true })
    const table = await sprout('devices', ...WHERE)
    expect(table.code).toBe(0)
    expect(table.stdout).toMatch(/^device +state +images\/s +CPU\ncpu +works +[\d.]+ +[\d.]+\n/)
  })

  test('a run is refused a device that is not there, before anything is prepared', async () => {
    const elsewhere = process.platform === 'darwin' ? 'dml' : 'coreml'
    const result = await sprout('train', '--data', 'sample:mnist', '--device', elsewhere, ...WHERE)
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/^sprout: The device \w+ does not work here \(absent\): .*\n$/)
    expect(result.stderr).toContain('--device cpu')
    expect(existsSync(join(home.folder, 'datasets'))).toBe(true)
    expect(readdirSync(join(home.folder, 'datasets'))).toEqual([])
  })
})
