import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Download } from './source'

/** Digest of a file's bytes. `onBytes` hears of each chunk's length. */
export async function digestOf(
  file: string,
  { algorithm, encoding }: Pick<Download, 'algorithm' | 'encoding'>,
  signal: AbortSignal,
  onBytes: (count: number) => void = () => undefined,
): Promise<string> {
  const hash = createHash(algorithm)
  await pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk)
        onBytes(chunk.length)
      }
    },
    { signal },
  )
  return hash.digest(encoding)
}

/** Whether `file` is there and is this download, byte for byte. */
export async function isDownload(
  file: string,
  download: Download,
  signal: AbortSignal,
): Promise<boolean> {
  if (!existsSync(file) || statSync(file).size !== download.bytes) return false
  return (await digestOf(file, download, signal)) === download.digest
}

/** Paths of all files below a folder, relative to it, with forward slashes, sorted. */
export function filesBelow(folder: string, within: string = folder): string[] {
  const found: string[] = []
  for (const entry of readdirSync(within, { withFileTypes: true })) {
    const path = join(within, entry.name)
    if (entry.isDirectory()) found.push(...filesBelow(folder, path))
    else found.push(relative(folder, path).split(sep).join('/'))
  }
  return found.sort()
}

/** Bytes of all files below a folder; 0 when it is not there. */
export function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0
  return filesBelow(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0)
}
