import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { encodePng } from '../../main/pictures/encode'
import { openHome } from '../../main/store/home'
import { tryMessages } from '../hostile/tryMessages'
import { tryConfigs, tryPngNotes } from '../hostile/tryNotes'
import { tryPictures } from '../hostile/tryPictures'
import { tryRunFiles } from '../hostile/tryRunFiles'

/** Times the usual numbers, which add up to about 110,000 and take some minutes. */
const TIMES = Number(process.env.SPROUT_SOAK_TIMES ?? 1)
/** The first seed; each kind of input counts on from it. */
const SEED = Number(process.env.SPROUT_SOAK_SEED ?? 1)
const MOST_MEMORY_BYTES = 2 * 2 ** 30
/** Longest that one input may take, in milliseconds: what libvips is given for a picture, and a moment. */
const LONGEST_MS = 35_000

const folder = mkdtempSync(join(tmpdir(), 'sprout-hostile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function tell(what: string, seed: number, result: object): void {
  console.log(`${what}, seed ${seed}:`, result)
}

test('hostile pictures', async () => {
  for (let i = 0; i < 12 * TIMES; i++) {
    const result = await tryPictures(join(folder, 'pictures'), SEED + i, 1000)
    tell('pictures', SEED + i, result)
    expect(result.peakBytes).toBeLessThan(MOST_MEMORY_BYTES)
    expect(result.slowestMs).toBeLessThan(LONGEST_MS)
  }
}, 7_200_000)

test('hostile run files', async () => {
  const home = openHome(join(folder, 'home'))
  for (let i = 0; i < 5 * TIMES; i++) {
    const result = await tryRunFiles(home, SEED + i, 500)
    tell('run files', SEED + i, result)
    expect(result.slowestMs).toBeLessThan(LONGEST_MS)
  }
}, 7_200_000)

test('hostile messages', async () => {
  tell('messages', SEED, await tryMessages(folder, SEED, 40_000 * TIMES))
}, 7_200_000)

test('hostile notes in pictures, and settings', async () => {
  const png = await encodePng(new Uint8Array(48), 4, 4, 3)
  tell('notes', SEED, tryPngNotes(png, SEED, 30_000 * TIMES))
  tell('settings', SEED, tryConfigs(SEED, 30_000 * TIMES))
}, 7_200_000)
