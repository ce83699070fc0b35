import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import sharp from 'sharp'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { tryLockRun } from '../store/runLock'
import type { DatasetSummary, PrepareOptions } from '../../shared/domain/dataset'
import { reasonFor } from './decode'
import { levelsOf } from './levels'
import { picturesOf, sourceName, type Pictures } from './source'

/** Pictures decoded at the same time, each on one thread of libvips: keeps every core busy, and memory small. */
const AT_ONCE = 4

/** How far preparation is; `label` is the file at hand, `total` null while files are still being found. */
export type PrepareProgress = { label: string; done: number; total: number | null }

/** Listens to progress and can stop; what is done stays done. */
export type PrepareWatch = {
  onProgress?: (progress: PrepareProgress) => void
  signal?: AbortSignal
}

/** A dataset's id: equal options give the same file, which is then used again or gone on with. */
export function datasetId(options: PrepareOptions): string {
  const { source, crop, channels, finalResolution } = options
  const origin = source.kind === 'sample' ? source.name : source.path
  const text = JSON.stringify([source.kind, origin, crop, channels, finalResolution])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/**
 * Prepares every picture of a source once, at every level that training may need, into a dataset file. A
 * second call goes on where an interrupted one stopped, and adds files that are new in the folder. Files that
 * cannot be read are skipped with a reason. Throws one clear line when no picture is left, another process
 * prepares the same, or `signal` is aborted.
 */
export async function prepareDataset(
  home: Home,
  options: PrepareOptions,
  watch: PrepareWatch = {},
): Promise<DatasetSummary> {
  const id = datasetId(options)
  const lock = tryLockRun(home.datasetLockFile(id))
  if (lock === null) {
    throw new Error('These pictures are being prepared by another process; wait for it to finish.')
  }
  try {
    watch.onProgress?.({ label: sourceName(options.source), done: 0, total: null })
    const pictures = await picturesOf(options, watch.signal)
    const dataset = openOrCreate(home.datasetFile(id), id, options)
    try {
      await decodeAll(dataset, pictures, watch)
      return finish(dataset)
    } finally {
      dataset.close()
    }
  } finally {
    lock.release()
  }
}

function openOrCreate(path: string, id: string, options: PrepareOptions): DatasetFile {
  if (existsSync(path)) return DatasetFile.openForWriting(path)
  return DatasetFile.create(path, { id, name: sourceName(options.source), options })
}

function finish(dataset: DatasetFile): DatasetSummary {
  dataset.flush()
  const { pictures, options } = dataset.summary()
  if (pictures === 0) {
    const [first] = dataset.skippedFiles()
    const why = first === undefined ? '' : `; the first, ${first.path}, is ${first.reason}`
    throw new Error(`There is no readable picture in ${sourceName(options.source)}${why}.`)
  }
  dataset.markReady()
  return dataset.summary()
}

/** Decodes a few at a time but adds in order, so that equal sources give equal datasets. */
async function decodeAll(
  dataset: DatasetFile,
  pictures: Pictures,
  { onProgress, signal }: PrepareWatch,
): Promise<void> {
  const { channels, finalResolution } = dataset.options
  const concurrency = sharp.concurrency()
  sharp.concurrency(1)
  try {
    // Files skipped before may have been mended since.
    dataset.forgetSkipped()
    for (const { path, reason } of pictures.skipped) dataset.skip(path, reason)
    const waiting = pictures.paths.filter((path) => !dataset.isDone(path))
    let done = pictures.paths.length - waiting.length
    for (let from = 0; from < waiting.length; from += AT_ONCE) {
      signal?.throwIfAborted()
      const paths = waiting.slice(from, from + AT_ONCE)
      const decoded = await Promise.allSettled(paths.map((path) => pictures.decode(path)))
      for (const [i, result] of decoded.entries()) {
        const path = paths[i]!
        if (result.status === 'rejected') dataset.skip(path, reasonFor(result.reason))
        else {
          const levels = levelsOf(result.value, finalResolution, channels)
          dataset.addPicture({ path, levels })
        }
      }
      done += paths.length
      onProgress?.({ label: paths.at(-1)!, done, total: pictures.paths.length })
      // A turn for cancel and other requests, which pictures that decode at once would starve.
      if (from % (64 * AT_ONCE) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  } finally {
    sharp.concurrency(concurrency)
  }
}
