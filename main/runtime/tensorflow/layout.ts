import { join } from 'node:path'

/** Where things are in an installed engine's folder. */
export type EngineFiles = {
  readonly manifest: string
  /** The N-API module, beside the libraries that it links. */
  readonly binding: string
  readonly packageFolder: string
  readonly packageManifest: string
  /** Modules of the package: its backend, its kernels, and messages that Sprout does without. */
  readonly backend: string
  readonly kernels: string
  readonly unusedMessages: string
  readonly nodeHeaders: string
  readonly tensorflow: string
  readonly include: string
}

/** Paths of the engine in `folder`. */
export function engineFiles(folder: string): EngineFiles {
  const packageFolder = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu')
  const tensorflow = join(folder, 'tensorflow')
  return {
    manifest: join(folder, 'manifest.json'),
    binding: join(tensorflow, 'tfjs_binding.node'),
    packageFolder,
    packageManifest: join(packageFolder, 'package.json'),
    backend: join(packageFolder, 'dist/nodejs_kernel_backend.js'),
    kernels: join(packageFolder, 'dist/register_all_kernels.js'),
    unusedMessages: join(packageFolder, 'dist/proto/api_pb.js'),
    nodeHeaders: join(folder, 'node_modules/node-api-headers/include'),
    tensorflow,
    include: join(tensorflow, 'include'),
  }
}
