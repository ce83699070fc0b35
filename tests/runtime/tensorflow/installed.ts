import { existsSync } from 'node:fs'
import { engineFiles } from '../../../main/runtime/tensorflow/layout'
import { tensorflowFolder } from '../../../main/runtime/tensorflow/place'

/**
 * Folder of the engine that tests run. Null when none is installed, which fails instead where SPROUT_TEST_ENGINES says
 * that there has to be one, as `npm test` does.
 */
export function installedEngine(): string | null {
  const folder = tensorflowFolder()
  if (existsSync(engineFiles(folder).binding)) return folder
  if (process.env.SPROUT_TEST_ENGINES === undefined) return null
  throw new Error(`The TensorFlow engine should be in ${folder} by now.`)
}
