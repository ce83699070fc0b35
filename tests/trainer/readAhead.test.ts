import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { positionAt } from '../../shared/schedule'
import type { InputValues } from '../../main/runtime/engine'
import { DatasetFile } from '../../main/store/datasetFile'
import { Minibatches } from '../../main/trainer/minibatches'
import { ReadAhead } from '../../main/trainer/readAhead'
import { trainStepProgram } from '../../main/trainer/step'
import { temporaryHome } from '../store/home'

/** Built by `npm run build`, which npm test runs first. */
const READER = resolve('out/main/reader.cjs')
const COUNT = 40

const home = temporaryHome()
afterAll(home.remove)
const file = home.datasetFile('pictures')

const config: TrainConfig = trainConfigFor({
  seed: 5,
  channels: 1,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 128,
  mirror: true,
  augment: ['color', 'translation', 'cutout'],
  classes: ['a', 'b'],
})
const first = positionAt(config, 0)
const last = positionAt(config, Number.MAX_SAFE_INTEGER)

beforeAll(() => {
  const dataset = DatasetFile.create(file, {
    id: 'pictures',
    name: 'pictures',
    options: {
      source: { kind: 'folder', path: '/pictures' },
      crop: 'pad',
      channels: 1,
      finalResolution: 128,
    },
  })
  dataset.addClasses(['a', 'b'])
  for (let i = 0; i < COUNT; i++) {
    const levels = new Map(
      ([4, 8, 16, 32, 64, 128] as const).map((r) => [r, new Uint8Array(r * r).fill(i)]),
    )
    dataset.addPicture({ path: `${i}`, levels, className: i % 2 === 0 ? 'a' : 'b' })
  }
  dataset.markReady()
  dataset.close()
})

function open(segment: typeof first, datasetFile = file, steps = 200): ReadAhead {
  const { inputs } = trainStepProgram(config, segment)
  const imagesSeen = segment.start
  const end = imagesSeen + steps * segment.batch
  const about = { config, segment, datasetFile, inputs, imagesSeen, end, step: 7 }
  return new ReadAhead({ ...about, readerFile: READER })
}

test.each([
  ['in memory', first],
  ['packed', last],
] as const)(
  'gives what the minibatches give, in their order, however it is taken: %s',
  async (_, segment) => {
    const dataset = DatasetFile.open(file)
    const level = dataset.openLevel(segment.resolution)
    const minibatches = new Minibatches(config, segment, level, dataset.labels())
    await using ahead = open(segment)
    const counts = [1, 2, 2, 1, 1, 2, 2, 2, 1]
    let step = 0
    for (const count of counts) {
      const taken = await ahead.take(count)
      expect(await ahead.take(count)).toEqual(taken)
      for (const inputs of taken) {
        const at = segment.start + step * segment.batch
        expect(inputs).toEqual(minibatches.inputsAt(at, 7 + step))
        step++
      }
      ahead.release(count)
    }
    dataset.close()
  },
)

test('goes through a whole segment and keeps apart what is not given back', async () => {
  await using ahead = open(first, file, 150)
  const seen: InputValues[] = []
  for (let step = 0; step < 150; step += 3) {
    for (const inputs of await ahead.take(3)) seen.push({ latents: inputs.latents!.slice() })
    ahead.release(3)
  }
  expect(new Set(seen.map(({ latents }) => latents![0])).size).toBe(150)
  await expect(ahead.take(1)).rejects.toThrow('ended before')
})

test('a damaged dataset is told by its name, and the thread is gone', async () => {
  const damaged = home.datasetFile('damaged')
  const { default: Database } = await import('better-sqlite3')
  const source = new Database(file)
  source.exec(`VACUUM INTO '${damaged}'`)
  source.close()
  const copy = new Database(damaged)
  copy.exec('DELETE FROM pixels WHERE place % 7 = 3')
  copy.close()
  await using ahead = open(first, damaged)
  await expect(ahead.take(1)).rejects.toThrow(/damaged\.sqlite is damaged: picture \d+ at 4 px/)
})

test('ends at once while it sleeps, and holds no process back', async () => {
  const ahead = open(first)
  await ahead.take(ahead.most)
  await ahead[Symbol.asyncDispose]()
  const never = open(last)
  await never[Symbol.asyncDispose]()
  // A process that only disposed of its reader ends by itself.
  const script = `const {Worker}=require('node:worker_threads');
    const w=new Worker(${JSON.stringify(READER)},{workerData:{datasetFile:'nowhere.sqlite'}});
    w.on('error',(e)=>console.log(e.message))`
  const printed = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  expect(printed).toContain('nowhere.sqlite')
})
