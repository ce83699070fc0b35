import type { JobHandler } from '../../shared/jobs'
import { OnnxEngine } from '../runtime/onnx'
import { measureStage } from './measureStage'
import { limitMemory } from './memoryWatch'
import type { rehearseStage } from './stageJob'

/** Tries one stage in this process; see {@link rehearseStage}. */
export const handleRehearseStage: JobHandler<typeof rehearseStage> = async (
  { config, stage, threads, mostBytes },
  { onProgress },
) => {
  const stopLooking = limitMemory(mostBytes)
  const measure = await measureStage(new OnnxEngine({ threads }), config, stage, onProgress)
  await stopLooking()
  return measure
}
