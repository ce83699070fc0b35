import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import { afterAll, expect, test } from 'vitest'
import { connectService, type Port } from '../../shared/protocol/connect'
import { trainer } from '../../shared/protocol/trainer'
import { trainConfigFor } from '../../shared/domain/presets'
import { createRun } from '../../main/library/runs'
import { openHome } from '../../main/store/home'
import { linesOf, sprout } from '../cli/sprout'
import { slope } from './slope'

const RUNS = 10
const STAGES_EACH = 5
const STEPS_EACH = 200
const PAUSES_EACH = 20
const BATCH = 16
/** Runs until the allocators have what they need. */
const WARM_UP = 3
/** Most that resident memory may rise from run to run afterwards, on the line through the ends of all runs. */
const MOST_RISE_MIB = 2

const folder = mkdtempSync(join(tmpdir(), 'sprout-soak-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('steps, pauses and stage changes leave no memory behind', async () => {
  const where = ['--home', folder, '--json']
  const some = ['--to', '16', '--images', '16']
  const prepared = await sprout('train', '--data', 'sample:mnist', ...some, ...where)
  const { runId } = linesOf(prepared).at(-1)!
  const shown = linesOf(await sprout('show', runId as string, ...where))[0]!
  const resident: number[] = []
  let pauses = 0
  for (let i = 0; i < RUNS; i++) {
    pauses += await trainOnce(shown.datasetId as string, i)
    resident.push(process.memoryUsage.rss() / (1 << 20))
  }
  const rise = slope(resident.slice(WARM_UP))
  const figures = resident.map((mebibytes) => mebibytes.toFixed(0)).join(' ')
  const stages = RUNS * STAGES_EACH
  console.log(
    `${RUNS * STEPS_EACH} steps, ${pauses} pauses, ${stages} stages: MiB after each run ${figures}; ` +
      `rise ${rise.toFixed(2)} MiB a run`,
  )
  expect(pauses).toBe(RUNS * PAUSES_EACH)
  expect(rise).toBeLessThan(MOST_RISE_MIB)
}, 3_600_000)

/** Trains a run of five stages to its end in a worker, which is paused after each of its first ticks. */
async function trainOnce(datasetId: string, seed: number): Promise<number> {
  const images = (STEPS_EACH / STAGES_EACH) * BATCH
  const choices = { seed, channels: 1, preset: 'tiny', firstResolution: 4 } as const
  const defaults = trainConfigFor({
    ...choices,
    finalResolution: 16,
    fadeImages: images,
    stableImages: images,
  })
  const config = { ...defaults, intervals: { ...defaults.intervals, tickImages: 4 * BATCH } }
  const id = createRun(openHome(folder), { name: `soak ${seed}`, datasetId, config })
  const worker = new Worker(join(__dirname, '../../out/main/trainer.cjs'), {
    argv: ['--run', id],
    env: { ...process.env, SPROUT_HOME: folder },
  })
  const ended = new Promise<number>((resolve) => worker.once('exit', resolve))
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ kind: 'connect', port: port1 }, [port1])
  const { client, listen } = connectService(trainer, port2 as unknown as Port)
  let [wanted, pauses] = [0, 0]
  listen('event', ({ body }) => {
    if (body.kind === 'tick' && wanted < PAUSES_EACH) {
      wanted++
      void client.pause()
    } else if (body.kind === 'state' && body.state === 'paused') {
      pauses++
      void client.resume()
    }
  })
  expect(await ended).toBe(0)
  port2.close()
  return pauses
}
