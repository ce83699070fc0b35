import { existsSync } from 'node:fs'
import { explained } from '../../shared/domain/explanation'
import { branchProblem } from '../../shared/domain/branch'
import { checkEnough } from '../../shared/domain/enoughPictures'
import type { RunSummary } from '../../shared/domain/run'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'
import { newRunId } from './runs'

/** What a branch is to be; see `branchRun` in `shared/protocol/history.ts`. */
export type WantedBranch = {
  runId: string
  checkpointId: number
  name: string
  config: TrainConfig
  datasetId?: string | undefined
}

/**
 * Creates a run that goes on from a checkpoint of another, which may be training, and answers its id. Throws one clear
 * line when the checkpoint is damaged or gone, or a setting cannot be another one there.
 */
export function branchRun(home: Home, wanted: WantedBranch): string {
  const { runId, checkpointId, name, config } = wanted
  const parent = RunFile.openForReading(home.runFile(runId))
  try {
    const checkpoint = parent.loadCheckpoint(checkpointId)
    const { imagesSeen } = checkpoint.info
    const summary = parent.summary()
    const { size, ...dataset } = datasetOf(home, summary, wanted.datasetId)
    const problem = branchProblem(parent.config, imagesSeen, config, size)
    if (problem !== null) throw new Error(problem.message)
    if (config.pictures !== null) checkEnough(config, config.pictures)
    const id = newRunId()
    RunFile.createBranch(
      home.runFile(id),
      {
        id,
        name,
        config: { ...config, threads: config.threads ?? parent.config.threads },
        dataset,
        parent: { runId, name: summary.name, checkpointId, imagesSeen },
      },
      parent,
      checkpoint,
    ).close()
    return id
  } finally {
    parent.close()
  }
}

/** A branch's dataset with its largest size, which is null when it is not here, as for a run that came from elsewhere. */
function datasetOf(
  home: Home,
  { config, datasetId, datasetName, datasetSource }: Omit<RunSummary, 'file' | 'diskBytes'>,
  otherId: string = datasetId,
) {
  const own = { id: datasetId, name: datasetName, source: datasetSource }
  const file = home.datasetFile(otherId)
  if (otherId === datasetId && !existsSync(file)) return { ...own, size: null }
  const opened = DatasetFile.open(file)
  try {
    const { pictures, name } = opened.summary()
    if (otherId !== datasetId && config.pictures !== null && pictures !== config.pictures) {
      throw explained('dataset_changed', { before: config.pictures, now: pictures })
    }
    return { id: otherId, name, source: datasetSource, size: opened.options.finalResolution }
  } finally {
    opened.close()
  }
}
