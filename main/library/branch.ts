import { existsSync } from 'node:fs'
import { branchProblem } from '../../shared/domain/branch'
import { checkEnough } from '../../shared/domain/enoughPictures'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'
import { newRunId } from './runs'

/**
 * Creates a run that goes on from a checkpoint of another, which may be training, and answers its id. Throws one clear
 * line when the checkpoint is damaged or gone, or a setting cannot be another one there.
 */
export function branchRun(
  home: Home,
  wanted: { runId: string; checkpointId: number; name: string; config: TrainConfig },
): string {
  const { runId, checkpointId, name, config } = wanted
  const parent = RunFile.openForReading(home.runFile(runId))
  try {
    const checkpoint = parent.loadCheckpoint(checkpointId)
    const { imagesSeen } = checkpoint.info
    const { datasetId, datasetName, datasetSource, name: parentName } = parent.summary()
    const problem = branchProblem(parent.config, imagesSeen, config, sizeOf(home, datasetId))
    if (problem !== null) throw new Error(problem.message)
    if (config.pictures !== null) checkEnough(config, config.pictures)
    const id = newRunId()
    RunFile.createBranch(
      home.runFile(id),
      {
        id,
        name,
        config: { ...config, threads: config.threads ?? parent.config.threads },
        dataset: { id: datasetId, name: datasetName, source: datasetSource },
        parent: { runId, name: parentName, checkpointId, imagesSeen },
      },
      parent,
      checkpoint,
    ).close()
    return id
  } finally {
    parent.close()
  }
}

/** The largest size of a dataset's pictures; null when it is not here, as for a run that came from elsewhere. */
function sizeOf(home: Home, datasetId: string): number | null {
  const file = home.datasetFile(datasetId)
  if (!existsSync(file)) return null
  const dataset = DatasetFile.open(file)
  try {
    return dataset.options.finalResolution
  } finally {
    dataset.close()
  }
}
