import { existsSync } from 'node:fs'
import { explained } from '../../shared/domain/explanation'
import type { PrepareOptions } from '../../shared/domain/dataset'
import type { Resolution } from '../../shared/domain/resolution'
import { prepareDataset, type PrepareWatch } from '../pictures/prepare'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'

/**
 * Prepares the pictures of `datasetId` anew, in the same way, for sizes up to `finalResolution`, and answers the id of
 * that dataset. Throws one clear line when the dataset is not here or its source is gone.
 */
export async function prepareLarger(
  home: Home,
  datasetId: string,
  finalResolution: Resolution,
  watch: PrepareWatch = {},
): Promise<string> {
  const { id } = await prepareDataset(
    home,
    { ...optionsOf(home, datasetId), finalResolution },
    watch,
  )
  return id
}

function optionsOf(home: Home, datasetId: string): PrepareOptions {
  const file = home.datasetFile(datasetId)
  if (!existsSync(file)) {
    throw explained('dataset_not_here', { file })
  }
  const dataset = DatasetFile.open(file)
  try {
    return dataset.options
  } finally {
    dataset.close()
  }
}
