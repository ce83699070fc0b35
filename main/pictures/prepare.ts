import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import sharp from 'sharp'
import { explained, inEnglish } from '../../shared/domain/explanation'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { tryLockRun } from '../store/runLock'
import type { DatasetSummary, PrepareOptions } from '../../shared/domain/dataset'
import { reasonFor } from './decode'
import { inOrder } from './inOrder'
import { folderOf, picturesOf, sourceName, type Pictures } from './source'

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
  const { source, crop, channels, finalResolution, dropDuplicates } = options
  const origin = source.kind === 'sample' ? source.name : resolve(source.path)
  // What is said only where it is on leaves the ids of older datasets as they are.
  const more = dropDuplicates ? ['dropDuplicates'] : []
  const text = JSON.stringify([source.kind, origin, crop, channels, finalResolution, ...more])
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
    throw explained('preparing_elsewhere', {})
  }
  const file = home.datasetFile(id)
  try {
    watch.onProgress?.({ label: sourceName(options.source), done: 0, total: null })
    const pictures = await picturesOf(options, watch.signal)
    const dataset = openOrCreate(file, id, options)
    try {
      await withManySmall(() => decodeAll(dataset, pictures, watch))
      return finish(dataset)
    } finally {
      leave(dataset)
    }
  } finally {
    lock.release()
  }
}

/** Keeps what is done for a next time, as far as there is room for it. */
function leave(dataset: DatasetFile): void {
  try {
    dataset.flush()
  } finally {
    const empty = dataset.summary().pictures === 0
    dataset.close()
    // Nothing to go on with, and nothing that a list should show.
    if (empty) rmSync(dataset.path, { force: true })
  }
}

function openOrCreate(path: string, id: string, options: PrepareOptions): DatasetFile {
  if (existsSync(path)) return DatasetFile.openForWriting(path)
  return DatasetFile.create(path, { id, name: sourceName(options.source), options })
}

/** Marks the dataset as ready. Throws when it has no picture, with the first reason why. */
function finish(dataset: DatasetFile): DatasetSummary {
  dataset.flush()
  if (dataset.summary().pictures === 0) {
    const { source } = dataset.options
    const folder = folderOf(source) ?? sourceName(source)
    const [first] = dataset.skippedFiles()
    throw first === undefined
      ? explained('none_readable', { folder })
      : explained('none_readable_first', { folder, path: first.path, reason: first.reason })
  }
  dataset.markReady()
  return dataset.summary()
}

/**
 * Decodes a few at a time but adds in order, so that equal sources give equal datasets. What failed is tried
 * again alone: libvips has one error text for all its threads, so only then is it surely the file's own.
 */
async function decodeAll(
  dataset: DatasetFile,
  { paths, skipped, classes, classOf, decode }: Pictures,
  { onProgress, signal }: PrepareWatch,
): Promise<void> {
  // Files skipped before may have been mended since.
  dataset.forgetSkipped()
  for (const { path, reason } of skipped) dataset.skip(path, reason)
  dataset.addClasses(classes)
  dataset.classify(classOf)
  const waiting = paths.filter((path) => !dataset.isDone(path))
  const failed: string[] = []
  let done = paths.length - waiting.length
  const report = (path: string) => onProgress?.({ label: path, done: ++done, total: paths.length })

  for await (const outcome of inOrder(waiting, AT_ONCE, decode)) {
    signal?.throwIfAborted()
    const path = outcome.item
    if (!outcome.ok) {
      failed.push(path)
      continue
    }
    dataset.addPicture({ path, levels: outcome.result, className: classOf(path) })
    report(path)
    // A turn for cancel and other requests, which pictures that decode at once would starve.
    if (done % 64 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  for await (const outcome of inOrder(failed, 1, decode)) {
    signal?.throwIfAborted()
    const path = outcome.item
    if (outcome.ok) dataset.addPicture({ path, levels: outcome.result, className: classOf(path) })
    else dataset.skip(path, inEnglish(reasonFor(outcome.error)))
    report(path)
  }
}

/** Runs `work` with libvips set for many small pictures: a thread each, and nothing kept for a second use. */
async function withManySmall<T>(work: () => Promise<T>): Promise<T> {
  const concurrency = sharp.concurrency()
  sharp.concurrency(1)
  sharp.cache(false)
  try {
    return await work()
  } finally {
    sharp.concurrency(concurrency)
    sharp.cache(true)
  }
}
