import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops'
import Module, { createRequire } from 'node:module'
import { explained } from '../../../shared/domain/explanation'
import { registerSproutKernels } from './kernels'
import { engineFiles } from './layout'

/** The name under which tfjs knows the backend. */
export const BACKEND = 'tensorflow'

/** What of tfjs-node's binding and backend is used here. */
type Binding = { isUsingGpuDevice(): boolean }
type BackendModule = {
  NodeJSKernelBackend: new (binding: Binding, packageName: string) => tf.KernelBackend
}

/**
 * Loads the native engine in `folder` and makes it a backend of this process' tfjs, without choosing it. Only the
 * first call of a process loads anything: libtensorflow can neither be unloaded nor told another number of threads.
 * Throws when the folder holds no engine that this system can load.
 */
export function loadTensorflow(folder: string, threads: number): void {
  if (BACKEND in tf.engine().registryFactory) return
  const files = engineFiles(folder)
  const require = createRequire(files.packageManifest)
  setEnvironment(threads)
  restoreOldFunctions(require)
  // The package asks for the whole of tfjs; what it uses is the core, and it has to be the one of the programs.
  for (const name of ['@tensorflow/tfjs', '@tensorflow/tfjs-core'])
    provide(require, require.resolve(name), coreForSubclasses())
  // Messages of TensorBoard, which would need another package.
  provide(require, files.unusedMessages, {})
  let binding: Binding
  try {
    binding = require(files.binding) as Binding
  } catch (error) {
    throw explained('engine_unloadable', { folder, detail: messageOf(error) }, { cause: error })
  }
  require(files.kernels)
  const { NodeJSKernelBackend } = require(files.backend) as BackendModule
  tf.registerBackend(BACKEND, () => new NodeJSKernelBackend(binding, 'sprout'), 0)
  registerSproutKernels(BACKEND)
}

/** Read once by libtensorflow, when it is loaded. What a person has set themselves stays. */
function setEnvironment(threads: number): void {
  const settings = {
    TF_NUM_INTRAOP_THREADS: `${threads}`,
    TF_NUM_INTEROP_THREADS: '1',
    // Errors only; on some processors it greets with two lines before it reads this.
    TF_CPP_MIN_LOG_LEVEL: '2',
    // Otherwise it takes all of a graphics card's memory at once.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  }
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value
}

/** The package calls two old functions of Node's: one is gone from Node 23 on, one warns. */
function restoreOldFunctions(require: NodeJS.Require): void {
  const util = require('util') as Record<string, unknown>
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined
  util['isArray'] = Array.isArray
}

/** tfjs-core with a base class that the package's ES5 constructors can call. */
function coreForSubclasses(): object {
  function KernelBackend(): void {}
  KernelBackend.prototype = tf.KernelBackend.prototype
  return { ...tf, KernelBackend }
}

function provide(require: NodeJS.Require, file: string, exports: object): void {
  const module = new Module(file)
  module.exports = exports
  module.loaded = true
  require.cache[file] = module
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
