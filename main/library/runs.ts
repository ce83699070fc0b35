import { randomBytes } from 'node:crypto'
import { explained } from '../../shared/domain/explanation'
import { checkClasses, checkEnough } from '../../shared/domain/enoughPictures'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { physicalCores } from '../runtime/devices'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'

/** An id that tells the day and is no other run's. */
export function newRunId(): string {
  return `${new Date().toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`
}

/**
 * Creates a run's file and answers its id. Throws one clear line when the dataset is missing, does not fit the
 * settings, has fewer pictures than one batch, or lacks the classes that the settings ask for.
 */
export function createRun(
  home: Home,
  wanted: { name: string; datasetId: string; config: TrainConfig },
): string {
  const { name, datasetId } = wanted
  const dataset = DatasetFile.open(home.datasetFile(datasetId))
  try {
    const summary = dataset.summary()
    const { options } = summary
    const config = {
      ...wanted.config,
      threads: wanted.config.threads ?? physicalCores(),
      pictures: summary.pictures,
      classes: wanted.config.classes && summary.classes.map((one) => one.name),
    }
    const last = config.stages.at(-1)!.resolution
    if (summary.state !== 'ready') {
      throw explained('dataset_unfinished', { name: summary.name })
    }
    if (options.channels !== config.channels || options.finalResolution < last) {
      throw explained('dataset_misfit', {
        name: summary.name,
        size: `${options.finalResolution}`,
        channels: options.channels,
        neededSize: `${last}`,
        neededChannels: config.channels,
      })
    }
    checkEnough(config, summary.pictures)
    if (config.classes !== null) checkClasses(summary.classes, summary.pictures)
    const id = newRunId()
    RunFile.create(home.runFile(id), {
      id,
      name,
      config,
      dataset: { id: datasetId, name: summary.name, source: options.source },
    }).close()
    return id
  } finally {
    dataset.close()
  }
}
