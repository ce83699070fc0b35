import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { TrainEvent } from '../../shared/domain/trainEvent'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { linesOf, sprout, temporaryHome } from './sprout'

const home = temporaryHome()
afterAll(home.remove)
const WHERE = ['--home', join(home.folder, 'home'), '--json']
const TIMEOUT_MS = 120_000
const SMALL = ['--preset', 'tiny', '--to', '4', '--seed', '3']

/** The levels that pictures of a class are about. */
const CLASSES = { night: 40, noon: 210 } as const
const PICTURES_EACH = 24
const pictures = join(home.folder, 'pictures')

beforeAll(async () => {
  for (const [name, level] of Object.entries(CLASSES)) {
    mkdirSync(join(pictures, name), { recursive: true })
    for (let i = 0; i < PICTURES_EACH; i++) {
      const pixels = Buffer.from(Array.from({ length: 64 }, (_, at) => level + ((7 * i * at) % 30)))
      const raw = { width: 8, height: 8, channels: 1 } as const
      await sharp(pixels, { raw })
        .png()
        .toFile(join(pictures, name, `${i}.png`))
    }
  }
})

/** Trains a run to its end; answers its id. */
async function trained(...args: string[]): Promise<string> {
  const result = await sprout('train', ...SMALL, ...args, ...WHERE)
  expect(result.stderr).toBe('')
  const end = linesOf(result).at(-1)!
  expect(end).toMatchObject({ type: 'end', ending: 'finished' })
  return end.runId as string
}

function stored(runId: string): { config: TrainConfig; events: TrainEvent['body'][] } {
  const run = RunFile.openForReading(openHome(join(home.folder, 'home')).runFile(runId))
  try {
    return { config: run.config, events: run.eventsAfter(0, 100_000).map(({ body }) => body) }
  } finally {
    run.close()
  }
}

function lossesOf(runId: string): number[] {
  return stored(runId).events.flatMap((body) =>
    body.kind === 'tick' ? [body.discriminatorLoss, body.generatorLoss] : [],
  )
}

describe('sprout train --conditional', { timeout: TIMEOUT_MS }, () => {
  let runId = ''
  beforeAll(async () => {
    runId = await trained('--data', pictures, '--conditional', '--images', '3200')
  }, TIMEOUT_MS)

  async function sheet(name: string, ...args: string[]): Promise<{ file: string; level: number }> {
    const file = join(home.folder, `${name}.png`)
    const result = await sprout('samples', runId, '--count', '16', '--out', file, ...args, ...WHERE)
    expect(result.stderr).toBe('')
    const { channels } = await sharp(file).stats()
    return { file, level: channels[0]!.mean }
  }

  test('learns the sub-folders as classes, and samples draws the one that is named', async () => {
    expect(stored(runId).config.classes).toEqual(['night', 'noon'])
    const night = await sheet('night', '--class', 'night')
    const noon = await sheet('noon', '--class', 'noon')
    expect(noon.level - night.level).toBeGreaterThan(40)
    const again = await sheet('again', '--class', 'noon')
    expect(readFileSync(again.file).equals(readFileSync(noon.file))).toBe(true)
    const both = await sheet('both')
    expect(both.level).toBeGreaterThan(night.level)
    expect(both.level).toBeLessThan(noon.level)
  })

  test('mosaics have a class for each row', () => {
    const mosaics = stored(runId).events.filter(({ kind }) => kind === 'mosaic')
    expect(mosaics.at(-1)).toMatchObject({
      rowClasses: ['night', 'night', 'night', 'noon', 'noon', 'noon'],
    })
  })

  test('a class that is not there is refused, with those that are', async () => {
    const out = join(home.folder, 'dusk.png')
    const wrong = await sprout('samples', runId, '--class', 'dusk', '--out', out, ...WHERE)
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('no class "dusk"; it has night, noon.')
    const flat = await sprout('train', '--data', join(pictures, 'noon'), '--conditional', ...WHERE)
    expect(flat.code).toBe(1)
    expect(flat.stderr).toContain('two sub-folders or more')
  })
})

describe('beside a run with nothing of it', { timeout: TIMEOUT_MS }, () => {
  const images = ['--data', 'sample:mnist', '--images', '96']
  let plain = ''
  beforeAll(async () => {
    plain = await trained(...images)
    expect(stored(plain).config.augment).toEqual([])
    expect(stored(plain).config.stages).toMatchObject([{ batch: 16, microBatch: null }])
  }, TIMEOUT_MS)

  test('sprout train --augment trains with what it names', async () => {
    const some = await trained(...images, '--augment', 'cutout,color')
    expect(stored(some).config.augment).toEqual(['color', 'cutout'])
    const [loss] = lossesOf(some).slice(-2)
    expect(loss).not.toBe(lossesOf(plain).at(-2))
    expect(Number.isFinite(loss)).toBe(true)
    const wrong = await sprout('train', ...images, '--augment', 'cutout,blur', ...WHERE)
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('blur')
  })

  test('sprout train --micro-batch trains as the whole batch does, in parts of whole groups', async () => {
    const parts = await trained(...images, '--micro-batch', '6')
    expect(stored(parts).config.stages).toMatchObject([{ batch: 16, microBatch: 4 }])
    const expected = lossesOf(plain).slice(-2)
    expect(expected).toHaveLength(2)
    lossesOf(parts)
      .slice(-2)
      .forEach((loss, i) => expect(loss).toBeCloseTo(expected[i]!, 2))
  })
})
