import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { killTrainings } from '../faults/killedTraining'

/** How many processes to kill, and the seed that says when: `SPROUT_KILLS=500 SPROUT_KILL_SEED=3 npm run soak kills`. */
const KILLS = Number(process.env.SPROUT_KILLS ?? 200)
const SEED = Number(process.env.SPROUT_KILL_SEED ?? 1)

const folder = mkdtempSync(join(tmpdir(), 'sprout-kills-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('trainings that are killed again and again lose nothing', async () => {
  const count = await killTrainings(folder, KILLS, SEED, (line) => console.log(line))
  expect(count.kills).toBe(KILLS)
}, 14_400_000)
