import { join } from 'node:path'
import { explained, type Explanation } from '../../shared/domain/explanation'
import {
  MOST_LISTED,
  skippedFor,
  type DatasetSource,
  type PictureClass,
  type SkippedFile,
  type SourceScan,
} from '../../shared/domain/dataset'
import { reasonFor } from './decode'
import { findDuplicates } from './duplicates'
import { classesOf, classOfPath, findPictures, type FoundFile } from './files'
import { readSize } from './head'
import { inOrder } from './inOrder'
import { OneAtATime } from './oneAtATime'
import { guessChannels, look, type Look } from './pictureLook'
import { scanDigits } from './scanDigits'
import { EXAMPLES, LOOKED_AT, spread, type ScanWatch } from './scanFindings'
import { folderOf, nothingIn, sourceName } from './source'

/** Files looked into at the same time. */
const AT_ONCE = 4

/**
 * Looks through a source: names and formats first, then a few pictures in full (thumbnails and a guess of the
 * channels), then each file's head (sizes, and what is no picture), and files with the same bytes. Throws one clear
 * line when the folder is missing or has no picture that can be read, or when `signal` is aborted.
 */
export async function scanSource(
  source: DatasetSource,
  watch: ScanWatch = {},
): Promise<SourceScan> {
  const folder = folderOf(source)
  if (folder === null) return scanDigits(source, watch)
  const scan = await FolderScan.open(source, folder, watch)
  await scan.lookAtSome()
  await scan.readHeads()
  await scan.compare()
  return scan.found
}

/** Only the guess of a source's channels, from a few pictures. Throws as {@link scanSource} does. */
export async function guessSourceChannels(source: DatasetSource): Promise<1 | 3 | 4> {
  const folder = folderOf(source)
  if (folder === null) return 1
  const scan = await FolderScan.open(source, folder, {})
  await scan.lookAtSome()
  return scan.found.channels!
}

/** The look through one folder. */
class FolderScan {
  found: SourceScan
  readonly #source: DatasetSource
  readonly #folder: string
  readonly #files: readonly FoundFile[]
  readonly #watch: ScanWatch
  /** Reasons by path. */
  readonly #unreadable = new Map<string, Explanation>()
  #thumbnails: Uint8Array<ArrayBuffer>[] = []

  static async open(source: DatasetSource, folder: string, watch: ScanWatch): Promise<FolderScan> {
    const { files, skipped } = await findPictures(folder, watch.signal)
    if (files.length > 0) return new FolderScan(source, folder, files, skipped, watch)
    throw nothingIn(folder, skipped[0])
  }

  private constructor(
    source: DatasetSource,
    folder: string,
    files: readonly FoundFile[],
    skipped: readonly SkippedFile[],
    watch: ScanWatch,
  ) {
    this.#source = source
    this.#folder = folder
    this.#files = files
    this.#watch = watch
    const byFormat: Record<string, number> = {}
    for (const { format } of files) byFormat[format] = (byFormat[format] ?? 0) + 1
    this.found = {
      name: sourceName(source),
      files: files.length,
      byFormat,
      bySize: [],
      looked: 0,
      channels: null,
      classes: classCounts(files.map(({ path }) => path)),
      skipped: skipped.slice(0, MOST_LISTED),
      skippedFiles: skipped.length,
      unreadableFiles: 0,
      duplicates: [],
      duplicateFiles: 0,
      examples: [],
    }
    this.#tell(0)
  }

  /** Decodes some pictures: thumbnails, examples and the guess of channels come from them. */
  async lookAtSome(): Promise<void> {
    const some = spread(this.#files, LOOKED_AT)
    const large = new OneAtATime()
    const work = ({ path }: FoundFile) => look(join(this.#folder, path), large)
    const seen: (Look & { path: string })[] = []
    const failed: FoundFile[] = []
    const add = (path: string, one: Look) => {
      seen.push({ ...one, path })
      this.#thumbnails.push(one.thumbnail)
      this.#tell(0)
    }
    for await (const outcome of inOrder(some, AT_ONCE, work)) {
      this.#watch.signal?.throwIfAborted()
      if (outcome.ok) add(outcome.item.path, outcome.result)
      else failed.push(outcome.item)
    }
    // Alone, so that libvips' one error text is surely the file's own.
    for await (const outcome of inOrder(failed, 1, work)) {
      this.#watch.signal?.throwIfAborted()
      if (outcome.ok) add(outcome.item.path, outcome.result)
      else this.#skip(outcome.item.path, outcome.error)
    }
    if (seen.length === 0) {
      const { path } = failed[0]!
      const reason = this.#unreadable.get(path)!
      throw explained('none_readable_first', { folder: this.#folder, path, reason })
    }
    const channels = this.#source.kind === 'sample' ? 3 : guessChannels(seen)
    const examples = spread(seen, EXAMPLES).map(({ path }) => path)
    this.found = { ...this.found, channels, examples }
    this.#tell(0)
  }

  /** Reads each file's head: its size in pixels, or why it is no picture. */
  async readHeads(): Promise<void> {
    const counts = new Map<number, number>()
    const work = ({ path }: FoundFile) => readSize(join(this.#folder, path))
    for await (const outcome of inOrder(this.#files, AT_ONCE, work)) {
      this.#watch.signal?.throwIfAborted()
      const looked = this.found.looked + 1
      if (outcome.ok) {
        const { width, height } = outcome.result
        const from = 2 ** Math.floor(Math.log2(Math.max(1, Math.min(width, height))))
        counts.set(from, (counts.get(from) ?? 0) + 1)
        const bySize = [...counts].map(([size, files]) => ({ from: size, files }))
        this.found = { ...this.found, looked, bySize: bySize.sort((a, b) => a.from - b.from) }
      } else {
        this.#skip(outcome.item.path, outcome.error)
        this.found = { ...this.found, looked }
      }
      this.#tell(looked)
      // A turn for other requests, which files that are read at once would starve.
      if (looked % 64 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Finds files with the same bytes. */
  async compare(): Promise<void> {
    const paths = this.#files.map(({ path }) => path)
    const { signal } = this.#watch
    const duplicates = await findDuplicates(this.#folder, paths, { signal })
    const listed = [...duplicates].slice(0, MOST_LISTED)
    this.found = {
      ...this.found,
      duplicates: listed.map(([path, sameAs]) => ({ path, sameAs })),
      duplicateFiles: duplicates.size,
    }
    this.#tell(this.#files.length)
  }

  #skip(path: string, error: unknown): void {
    if (this.#unreadable.has(path)) return
    const why = reasonFor(error)
    this.#unreadable.set(path, why)
    const { skipped, skippedFiles } = this.found
    const listed = skipped.length < MOST_LISTED ? [...skipped, skippedFor(path, why)] : skipped
    this.found = {
      ...this.found,
      skipped: listed,
      skippedFiles: skippedFiles + 1,
      unreadableFiles: this.#unreadable.size,
    }
  }

  #tell(done: number): void {
    const thumbnails = this.#thumbnails
    this.#thumbnails = []
    this.#watch.onFound?.({ scan: this.found, thumbnails, done, total: this.#files.length })
  }
}

function classCounts(paths: readonly string[]): PictureClass[] {
  const counts = new Map(classesOf(paths).map((name) => [name, 0]))
  for (const path of paths) {
    const name = classOfPath(path)
    if (name !== null) counts.set(name, counts.get(name)! + 1)
  }
  return [...counts].map(([name, pictures]) => ({ name, pictures }))
}
