import { mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { explained } from '../../../shared/domain/explanation'
import type { JobHost } from '../../../shared/jobs'
import { CommandError, runCommand } from './command'
import { engineFiles } from './layout'
import { tryModule } from './tryJob'

/** Throws when there is no compiler: better before a large download than after. */
export async function checkCompiler(cwd: string, signal: AbortSignal): Promise<void> {
  try {
    await runCommand('g++', ['--version'], { cwd, signal })
  } catch (error) {
    if (error instanceof CommandError) throw explained('engine_no_compiler', {}, { cause: error })
    throw error
  }
}

/** Builds the N-API module from the sources, headers and libraries in the engine's `folder` into the file `output`. */
export async function buildBinding(
  folder: string,
  output: string,
  work: string,
  signal: AbortSignal,
): Promise<void> {
  const { packageFolder, nodeHeaders, include, tensorflow } = engineFiles(folder)
  const source = join(packageFolder, 'binding')
  const files = readdirSync(source).filter((name) => name.endsWith('.cc'))
  mkdirSync(dirname(output), { recursive: true })
  const args = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8']
  args.push('-I', nodeHeaders, '-I', include)
  args.push(...files.map((name) => join(source, name)), '-o', output, '-L', tensorflow)
  args.push('-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN')
  try {
    await runCommand('g++', args, { cwd: work, env: { TMPDIR: work }, signal })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw error.missing
      ? explained('engine_no_compiler', {}, { cause: error })
      : explained('engine_not_built', { detail: error.message }, { cause: error })
  }
}

/**
 * Loads the N-API module in a process of its own, which may crash: a job where there is a host for jobs, as in the app,
 * whose program is no Node; another Node else. Throws when it does not load.
 */
export async function tryBinding(
  folder: string,
  signal: AbortSignal,
  processes?: JobHost,
): Promise<void> {
  const { binding } = engineFiles(folder)
  const env = { TF_CPP_MIN_LOG_LEVEL: '2' }
  try {
    if (processes === undefined) {
      const args = ['-e', 'require(process.argv[1])', binding]
      await runCommand(process.execPath, args, { cwd: folder, env, signal })
      return
    }
    const outcome = await processes.run(tryModule, { file: binding }, { signal, env })
    signal.throwIfAborted()
    if (outcome.kind !== 'done') throw new CommandError(outcome.message)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw explained('engine_not_here', { detail: error.message }, { cause: error })
  }
}
