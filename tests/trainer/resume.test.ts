import { resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trainConfigFor, type TrainChoices } from '../../shared/domain/presets'
import { imagesOfStep, segmentsOf, totalImages } from '../../shared/schedule'
import { createRun } from '../../main/library/runs'
import { probeBlock } from '../../main/runtime/blockedLayout'
import { openTraining, trainOrFail } from '../../main/trainer/openTraining'
import { makeNoiseDataset } from '../noiseDataset'
import { temporaryHome } from '../store/home'
import { finalBits } from './sameBits'

/** Built by `npm run build`, which npm test runs first. */
const READER = resolve('out/main/reader.cjs')
const TIMEOUT_MS = 240_000
const BATCH = 16

const home = temporaryHome()
afterAll(home.remove)

beforeAll(() => makeNoiseDataset(home, (i) => (i % 3 === 0 ? 'a' : 'b')))

/** What a run may train with; micro-batches go with the first two alone. */
const KINDS = {
  'wgan-gp': { loss: 'wgan-gp', microBatch: 8 },
  logistic: { loss: 'logistic', microBatch: 8 },
  'batch normalisation and critic steps': { tutorial: true, criticSteps: 2 },
} as const satisfies Record<string, Partial<TrainChoices>>
type Kind = keyof typeof KINDS

/**
 * All that a run may have at once: maps that the blocked layout takes, micro-batches or several updates of the
 * discriminator, classes, augmentation and mirroring, over a stage of 4 px, a fade to 8 px and a stage of 8 px, read
 * ahead by a thread.
 */
function configOf(kind: Kind, tickImages: number) {
  const { criticSteps = 1, ...choices }: Partial<TrainChoices> = KINDS[kind]
  const config = trainConfigFor({
    seed: 11,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 8,
    criticSteps,
    ...choices,
    fadeImages: 8 * criticSteps * BATCH,
    stableImages: 4 * criticSteps * BATCH,
    mirror: true,
    augment: ['color', 'translation', 'cutout'],
    classes: ['a', 'b'],
  })
  const small = { fmapMax: 16, fmapBase: 64, latentSize: 16, qualitySamples: 16 }
  return { ...config, ...small, intervals: { ...config.intervals, tickImages } }
}

/** Images of a step, where segments end, and where all does. */
function stretchesOf(kind: Kind) {
  const config = configOf(kind, BATCH)
  return {
    ofStep: imagesOfStep(config, { batch: BATCH }),
    boundaries: segmentsOf(config).map(({ end }) => end),
    total: totalImages(config),
  }
}

/**
 * Where training breaks off once so many images are seen: a `stop` saves there; a `failure` comes two steps after a
 * checkpoint was asked for there.
 */
type Break = { at: number; how: 'stop' | 'failure' }

/** Trains a run that breaks off as told and is resumed each time, to its end; answers the final bits. */
async function bitsAfter(kind: Kind, breaks: readonly Break[]) {
  // Uninterrupted runs take several steps a call, interrupted ones one.
  const config = configOf(kind, breaks.length > 0 ? BATCH : 1000)
  const { ofStep } = stretchesOf(kind)
  const id = createRun(home, { name: kind, datasetId: 'noise', config })
  for (const broken of [...breaks].sort((a, b) => a.at - b.at)) {
    const ending = await trainUntil(id, broken, ofStep)
    expect(ending).toBe(broken.how)
  }
  expect(await trainUntil(id, null, ofStep)).toBe('finished')
  return finalBits(home.runFile(id))
}

async function trainUntil(id: string, broken: Break | null, ofStep: number): Promise<string> {
  const training = openTraining(home, id, READER)
  let asked = false
  training.journal.observe(({ body }) => {
    if (broken === null || body.kind !== 'tick' || body.imagesSeen < broken.at) return
    if (broken.how === 'stop') training.control.stop()
    else if (body.imagesSeen >= broken.at + 2 * ofStep) throw new Error('as if it broke')
    else if (!asked) training.control.wantCheckpoint()
    asked = true
  })
  try {
    const ending = await trainOrFail(training)
    return ending === 'finished' ? ending : 'stop'
  } catch (error) {
    expect((error as Error).message).toBe('as if it broke')
    return 'failure'
  } finally {
    training.close()
  }
}

test('the settings have what they should', async () => {
  const { stages } = configOf('logistic', BATCH)
  expect(stages.map(({ batch, microBatch }) => ({ batch, microBatch }))).toEqual(
    stages.map(() => ({ batch: BATCH, microBatch: 8 })),
  )
  // Where the CPU has a blocked layout, maps fill whole blocks.
  expect(16 % ((await probeBlock()) || 16)).toBe(0)
})

describe.each(Object.keys(KINDS) as Kind[])(
  'a resumed run with everything on, %s',
  { timeout: TIMEOUT_MS },
  (kind) => {
    const { ofStep, boundaries, total } = stretchesOf(kind)
    let uninterrupted: ReturnType<typeof finalBits>
    beforeAll(async () => {
      uninterrupted = await bitsAfter(kind, [])
      expect(uninterrupted.step).toBe(total / ofStep)
    }, TIMEOUT_MS)

    test('has the same bits when it stops at each boundary and breaks in the fade', async () => {
      const stops = boundaries.slice(0, -1).map((at): Break => ({ at, how: 'stop' }))
      const inFade: Break = { at: boundaries[0]! + 3 * ofStep, how: 'failure' }
      expect(await bitsAfter(kind, [...stops, inFade])).toEqual(uninterrupted)
    })

    test('has the same bits wherever it breaks off', async () => {
      const anyBreak = fc.record({
        at: fc.integer({ min: 1, max: total / ofStep - 3 }).map((step) => step * ofStep),
        how: fc.constantFrom('stop' as const, 'failure' as const),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(anyBreak, { minLength: 1, maxLength: 2 }), async (breaks) => {
          expect(await bitsAfter(kind, breaks)).toEqual(uninterrupted)
        }),
        { numRuns: 2, endOnFailure: true },
      )
    })
  },
)
