import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { tryMessages } from '../hostile/tryMessages'

const folder = mkdtempSync(join(tmpdir(), 'sprout-messages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the library goes on whatever it is asked', async () => {
  const tally = await tryMessages(folder, Number(process.env.SPROUT_TEST_SEED ?? 1), 1000)
  expect(tally.done).toBeGreaterThan(50)
  expect(tally.refused).toBeGreaterThan(50)
}, 120_000)
