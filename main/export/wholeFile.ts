import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { explained } from '../../shared/domain/explanation'
import { removeEarlierParts } from '../store/leftovers'

/** What an export tells while it goes on: `label` what is at hand, `total` null while it is not known. */
export type ExportWatch = {
  onProgress?: (label: string, done: number, total: number | null) => void
  signal?: AbortSignal
}

/**
 * Has `write` make a file beside `file`, which gets its name only once it is whole. When `write` throws or `signal` is
 * aborted, nothing is left. What goes wrong is told with the file's name.
 */
export async function writeWhole(
  file: string,
  write: (partial: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  await putInPlace(file, write, signal)
}

/** {@link writeWhole} for bytes that are there already. */
export async function writeWholeBytes(
  file: string,
  bytes: Uint8Array | string,
  signal?: AbortSignal,
): Promise<void> {
  await putInPlace(file, (partial) => writeFile(partial, bytes), signal)
}

/** {@link writeWhole} for a folder. Throws when there is something of that name already. */
export async function writeWholeFolder(
  folder: string,
  write: (partial: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  if (existsSync(folder)) {
    throw explained('folder_taken', { folder })
  }
  const make = async (partial: string) => {
    await mkdir(partial)
    await write(partial)
  }
  await putInPlace(folder, make, signal)
}

async function putInPlace(
  target: string,
  write: (partial: string) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  // A name that nothing else has: a person's own file of that name would be lost.
  const partial = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.part`
  try {
    signal?.throwIfAborted()
    removeEarlierParts(target)
    await write(partial)
    signal?.throwIfAborted()
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (signal?.aborted || !isFromSystem(error)) throw error
    throw explained('file_unwritten', { file: target, detail: error.message }, { cause: error })
  }
}

/** True for errors of the file system, which do not say what to do. */
function isFromSystem(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'syscall' in error
}
