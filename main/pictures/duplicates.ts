import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inOrder } from './inOrder'

/** Files hashed, or asked for their size, at the same time. */
const AT_ONCE = 8

/** Listens to how many of the files that need a hash have one, and can stop. */
export type DuplicateWatch = {
  onProgress?: (hashed: number, total: number) => void
  signal?: AbortSignal | undefined
}

/**
 * Files with the same bytes as one before them in `paths` (relative to `folder`): each with the path of that first one.
 * Only files of equal length are read. Files that cannot be read are nobody's duplicate.
 */
export async function findDuplicates(
  folder: string,
  paths: readonly string[],
  { onProgress, signal }: DuplicateWatch = {},
): Promise<Map<string, string>> {
  const suspects = await equallyLong(folder, paths, signal)
  const firsts = new Map<string, string>()
  const duplicates = new Map<string, string>()
  let hashed = 0
  for await (const outcome of inOrder(suspects, AT_ONCE, (path) => hashOf(join(folder, path)))) {
    signal?.throwIfAborted()
    onProgress?.(++hashed, suspects.length)
    if (!outcome.ok) continue
    const first = firsts.get(outcome.result)
    if (first === undefined) firsts.set(outcome.result, outcome.item)
    else duplicates.set(outcome.item, first)
  }
  return duplicates
}

/** Paths of files whose length another file has too, in their order; empty files are left out. */
async function equallyLong(
  folder: string,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const lengths = new Map<string, number>()
  const counts = new Map<number, number>()
  const work = async (path: string) => (await stat(join(folder, path))).size
  for await (const outcome of inOrder(paths, AT_ONCE, work)) {
    signal?.throwIfAborted()
    if (!outcome.ok || outcome.result === 0) continue
    lengths.set(outcome.item, outcome.result)
    counts.set(outcome.result, (counts.get(outcome.result) ?? 0) + 1)
  }
  return [...lengths].flatMap(([path, length]) => (counts.get(length)! > 1 ? [path] : []))
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('base64')
}
