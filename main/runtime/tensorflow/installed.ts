import { explained } from '../../../shared/domain/explanation'
import { TensorflowEngine } from './engine'
import { readManifest } from './manifest'
import { tensorflowFolder } from './place'

/** The installed TensorFlow engine. Throws, naming the command that installs it, when there is none. */
export function installedTensorflow(threads: number | null): TensorflowEngine {
  const folder = tensorflowFolder()
  if (readManifest(folder) === null) throw explained('engine_missing', {})
  return new TensorflowEngine({ folder, threads })
}
