import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createRun } from '../main/library/runs'
import { prepareDataset } from '../main/pictures/prepare'
import { openHome } from '../main/store/home'
import { openTraining, trainOrFail } from '../main/trainer/openTraining'
import { trainConfigFor } from '../shared/domain/presets'
import { segmentsOf } from '../shared/schedule'

const EMOJI = 'node_modules/@lobehub/fluent-emoji-3d/assets'
const PICTURES = 96

/** A run from 8 to 16 px that stands in the middle of its fade, with a mosaic every few steps. */
export const FADING = { stableImages: 128, fadeImages: 512, mosaicImages: 32 }

/** Trains such a run in this process and answers its id; it is paused, with a checkpoint, where it stands. */
export async function makeFadingRun(folder: string, name: string): Promise<string> {
  const home = openHome(folder)
  const pictures = join(folder, 'pictures')
  mkdirSync(pictures)
  for (const file of readdirSync(EMOJI)
    .filter((each) => each.startsWith('1f4'))
    .slice(0, PICTURES)) {
    copyFileSync(join(EMOJI, file), join(pictures, file))
  }
  const dataset = await prepareDataset(home, {
    source: { kind: 'folder', path: pictures },
    crop: 'centre',
    channels: 3,
    finalResolution: 16,
  })
  const config = trainConfigFor({
    seed: 3,
    channels: 3,
    preset: 'tiny',
    firstResolution: 8,
    finalResolution: 16,
    fadeImages: FADING.fadeImages,
    stableImages: FADING.stableImages,
  })
  const { mosaicImages } = FADING
  const intervals = { ...config.intervals, tickImages: mosaicImages, mosaicImages }
  const runId = createRun(home, { name, datasetId: dataset.id, config: { ...config, intervals } })
  const training = openTraining(home, runId, resolve('out/main/reader.cjs'))
  const fade = segmentsOf(config).find(({ phase }) => phase === 'fade')!
  const middle = (fade.start + fade.end) / 2
  training.journal.observe(({ body }) => {
    if (body.kind === 'mosaic' && body.imagesSeen >= middle) training.control.stop()
  })
  try {
    await trainOrFail(training)
  } finally {
    training.close()
  }
  return runId
}
