import { resolve } from 'node:path'
import { Argument, type Command } from 'commander'
import { ENGINES, type EngineStatus, type InstallPhase } from '../../shared/domain/engine'
import {
  installTensorflow,
  removeTensorflow,
  repairTensorflow,
  tensorflowStatus,
  type InstallOptions,
  type InstallProgress,
} from '../runtime/tensorflow/install'
import { enginesFolder } from '../runtime/tensorflow/place'
import { contextOf, type Context, type Output } from './output'

/** Adds `sprout engine`. */
export function addEngineCommands(program: Command): void {
  const engine = program.command('engine').description('engines that can be added')
  const name = () => new Argument('<name>', 'which one').choices(ENGINES)
  const from = 'a wheel, or a folder of what was downloaded before'
  engine
    .command('list')
    .description('list the engines')
    .action((_, command: Command) => listEngines(contextOf(command)))
  engine
    .command('add')
    .description('download, build and install an engine')
    .addArgument(name())
    .option('--from <path>', from)
    .option('--again', 'install it even where it is installed', false)
    .action((_, options, command: Command) => addEngine(contextOf(command), options))
  engine
    .command('repair')
    .description('check every file of an engine and make damaged ones anew')
    .addArgument(name())
    .option('--from <path>', from)
    .action((_, options, command: Command) => repairEngine(contextOf(command), options))
  engine
    .command('remove')
    .description('remove an engine and its downloads')
    .addArgument(name())
    .action((_name, _options, command: Command) => removeEngine(contextOf(command)))
}

const PHASES: Readonly<Record<InstallPhase, string>> = {
  check: 'Reading the engine',
  download: 'Downloading TensorFlow',
  packages: 'Downloading the binding',
  unpack: 'Unpacking',
  build: 'Building the binding',
  try: 'Trying the engine',
  seal: 'Writing down what is installed',
}

/** `sprout engine list`: what there is, and what it takes on the disk. */
export function listEngines({ output }: Context): void {
  output.line({ type: 'engine', name: 'onnx', state: 'built in' }, 'onnx        built in')
  const status = tensorflowStatus(enginesFolder())
  output.line({ type: 'engine', name: 'tensorflow', ...status }, `tensorflow  ${inWords(status)}`)
}

/** `sprout engine add tensorflow`: installs it unless it is there. Ctrl-C leaves nothing half-installed. */
export async function addEngine(
  { output }: Context,
  { from, again }: { from?: string; again: boolean },
): Promise<void> {
  const before = tensorflowStatus(enginesFolder())
  if (before.state === 'installed' && !again) {
    output.line(
      { type: 'engine', name: 'tensorflow', ...before },
      `tensorflow is already installed in ${before.folder}`,
    )
    return
  }
  const source = from === undefined ? null : resolve(from)
  const status = await interruptible(output, 'nothing was installed', (options) =>
    installTensorflow({ ...options, from: source }),
  )
  output.line({ type: 'engine', name: 'tensorflow', ...status }, `tensorflow  ${inWords(status)}`)
}

/** `sprout engine repair tensorflow`: finds damaged files and makes them anew. */
export async function repairEngine(
  { output }: Context,
  { from }: { from?: string },
): Promise<void> {
  const source = from === undefined ? null : resolve(from)
  const repaired = await interruptible(output, 'run it again to finish the repair', (options) =>
    repairTensorflow({ ...options, from: source }),
  )
  const text =
    repaired === null
      ? 'The engine was installed anew.'
      : repaired.length === 0
        ? 'Every file of the engine is intact.'
        : `Repaired: ${repaired.join(', ')}`
  output.line({ type: 'repaired', name: 'tensorflow', files: repaired }, text)
}

/** `sprout engine remove tensorflow`: says how much room that made. */
export function removeEngine({ output }: Context): void {
  const bytes = removeTensorflow(enginesFolder())
  output.line(
    { type: 'removed', name: 'tensorflow', bytes },
    bytes === 0 ? 'tensorflow was not installed.' : `Removed tensorflow: ${megabytes(bytes)} free.`,
  )
}

async function interruptible<T>(
  output: Output,
  afterStop: string,
  work: (options: InstallOptions) => Promise<T>,
): Promise<T> {
  const abort = new AbortController()
  const interrupt = () => abort.abort(new Error(`Stopped; ${afterStop}.`))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    return await work({
      engines: enginesFolder(),
      signal: abort.signal,
      onProgress: progressTo(output),
    })
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

/** A line for each step, and in between how far it is. */
function progressTo(output: Output) {
  let current: InstallPhase | null = null
  return ({ phase, done, total }: InstallProgress) => {
    const value = { type: 'progress', phase, done, total }
    if (phase !== current) {
      current = phase
      const size = total === null ? '' : ` (${megabytes(total)})`
      output.line(value, `${PHASES[phase]}${size} ...`)
    } else if (total !== null) {
      const percent = Math.floor((100 * done) / total)
      output.progress(value, `${megabytes(done)} of ${megabytes(total)}, ${percent}%`)
    }
  }
}

function inWords({ state, version, folder, bytes, downloadBytes }: EngineStatus): string {
  if (state === 'missing') return 'not installed; sprout engine add tensorflow'
  const size = `${megabytes(bytes)}, ${megabytes(downloadBytes)} of downloads`
  const what = state === 'broken' ? 'damaged; sprout engine repair tensorflow' : version
  return `${what}  ${size}  ${folder}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 1 : 0)} MB`
}
