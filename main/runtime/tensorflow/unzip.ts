import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { open, type Entry, type ZipFile } from 'yauzl'

/**
 * Unpacks the files of these names from a zip archive into `folder`, under the same paths. `onBytes` hears of the
 * unpacked bytes. Throws when the archive cannot be read or lacks one of them.
 */
export async function unzipFiles(
  archive: string,
  names: readonly string[],
  folder: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<void> {
  const zip = await openZip(archive)
  const missing = new Set(names)
  try {
    for (let entry = await nextEntry(zip); entry !== null; entry = await nextEntry(zip)) {
      if (!missing.delete(entry.fileName)) continue
      const target = join(folder, entry.fileName)
      mkdirSync(dirname(target), { recursive: true })
      await pipeline(
        await contents(zip, entry),
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            onBytes(chunk.length)
            yield chunk
          }
        },
        createWriteStream(target),
        { signal },
      )
      if (missing.size === 0) break
    }
  } finally {
    zip.close()
  }
  const [first] = missing
  if (first !== undefined) throw new Error(`${archive} does not hold ${first}.`)
}

function openZip(archive: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(archive, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    )
  })
}

function nextEntry(zip: ZipFile): Promise<Entry | null> {
  return new Promise((resolve, reject) => {
    const settle = (work: () => void) => {
      zip.off('entry', onEntry)
      zip.off('end', onEnd)
      zip.off('error', onError)
      work()
    }
    const onEntry = (entry: Entry) => settle(() => resolve(entry))
    const onEnd = () => settle(() => resolve(null))
    const onError = (error: Error) => settle(() => reject(error))
    zip.on('entry', onEntry)
    zip.on('end', onEnd)
    zip.on('error', onError)
    zip.readEntry()
  })
}

function contents(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)))
  })
}
