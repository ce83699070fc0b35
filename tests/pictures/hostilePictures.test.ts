import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { tryPictures } from '../hostile/tryPictures'

const root = mkdtempSync(join(tmpdir(), 'sprout-hostile-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('hostile pictures are read, or left out for a reason', async () => {
  const count = Number(process.env.SPROUT_HOSTILE_PICTURES ?? 1500)
  const tally = await tryPictures(root, Number(process.env.SPROUT_TEST_SEED ?? 1), count)
  if (count !== 1500) console.log(tally)
  expect(tally.read).toBeGreaterThan(count / 20)
  expect(tally.reasons.size).toBeGreaterThan(4)
}, 600_000)
