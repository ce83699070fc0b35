import type { JobHandler } from '../../shared/jobs'
import { tuneKernels } from '../runtime/kernelTuner'
import { machineKey } from '../runtime/machine'
import { KernelMemory } from '../store/kernelMemory'
import { engineFor } from '../trainer/engineFor'
import { measureStage } from './measureStage'
import { limitMemory } from './memoryWatch'
import type { rehearseStage } from './stageJob'

/** Tries one stage in this process; see {@link rehearseStage}. */
export const handleRehearseStage: JobHandler<typeof rehearseStage> = async (
  { config, stage, threads, homeFolder, mostBytes },
  { onProgress },
) => {
  const stopLooking = limitMemory(mostBytes)
  const memory = new KernelMemory({ folder: homeFolder }, machineKey())
  const engine = engineFor({ device: config.device, threads }, (sites, on) =>
    tuneKernels(sites, on, memory),
  )
  const measure = await measureStage(engine, config, stage, onProgress)
  await stopLooking()
  return measure
}
