import type { JobHandler } from '../../shared/jobs'
import { engineFor } from '../trainer/engineFor'
import { measureStage } from './measureStage'
import { limitMemory } from './memoryWatch'
import type { rehearseStage } from './stageJob'

/** Tries one stage in this process; see {@link rehearseStage}. */
export const handleRehearseStage: JobHandler<typeof rehearseStage> = async (
  { config, stage, threads, mostBytes },
  { onProgress },
) => {
  const stopLooking = limitMemory(mostBytes)
  const measure = await measureStage(
    engineFor({ device: config.device, threads }),
    config,
    stage,
    onProgress,
  )
  await stopLooking()
  return measure
}
