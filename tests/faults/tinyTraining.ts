import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { createRun } from '../../main/library/runs'
import type { Home } from '../../main/store/home'
import { openTraining, trainOrFail } from '../../main/trainer/openTraining'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { makeNoiseDataset } from '../noiseDataset'

/** Built by `npm run build`, which npm test runs first. */
export const READER = resolve('out/main/reader.cjs')
const BATCH = 16

/**
 * Makes a dataset of noise in a home, where there is none, and a run of 4 px, a fade to 8 px and 8 px on it; answers the
 * run's id. `change` tells what shall be otherwise in its settings, `choices` included.
 */
export function makeTinyRun(
  home: Home,
  choices: Partial<TrainConfig> = {},
  change: (config: TrainConfig) => Partial<TrainConfig> = () => ({}),
): string {
  if (!existsSync(home.datasetFile('noise'))) makeNoiseDataset(home)
  const config = trainConfigFor({
    seed: 11,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 8,
    fadeImages: 12 * BATCH,
    stableImages: 8 * BATCH,
  })
  const small = { fmapMax: 16, fmapBase: 64, latentSize: 16, threads: 1 }
  const intervals = { ...config.intervals, tickImages: 2 * BATCH, mosaicImages: 6 * BATCH }
  const tiny = { ...config, ...small, intervals, ...choices }
  return createRun(home, {
    name: 'noise',
    datasetId: 'noise',
    config: { ...tiny, ...change(tiny) },
  })
}

/** Trains a run in this process; `watch` gets hold of the training first. */
export async function trainTiny(
  home: Home,
  runId: string,
  watch: (training: ReturnType<typeof openTraining>) => void = () => undefined,
): Promise<string> {
  const training = openTraining(home, runId, READER)
  watch(training)
  try {
    return await trainOrFail(training)
  } finally {
    training.close()
  }
}
