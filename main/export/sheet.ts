import { rename, rm, writeFile } from 'node:fs/promises'
import { encodePng, tileSheet } from '../pictures/encode'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Engine } from '../runtime/engine'
import type { RunFile } from '../store/runFile'
import { shapeOf } from '../trainer/checkpoint'
import { randomStream } from '../trainer/random'
import { Sampler } from '../trainer/sampler'

/** What a sheet shows and where it goes. */
export type SheetOptions = {
  /** Pictures on the sheet, at least 1. */
  count: number
  /** Decides the latents; equal seeds give equal pictures from equal weights. */
  seed: number
  /** Pictures in a row; null makes the sheet about square. */
  columns: number | null
  /** Draws this class alone; left out or null, all classes in order, where the run has any. */
  className?: string | null
  /** The PNG's path. It appears only once it is whole. */
  file: string
}

/**
 * Draws samples from a run's newest intact checkpoint into one PNG. Throws when the run has no checkpoint yet,
 * the file cannot be written, or `signal` is aborted; then no file is left.
 */
export async function exportSheet(
  run: RunFile,
  engine: Engine,
  options: SheetOptions,
  watch: { onProgress?: (drawn: number) => void; signal?: AbortSignal } = {},
): Promise<void> {
  const { checkpoint } = run.loadNewestGoodCheckpoint()
  if (checkpoint === null) {
    throw new Error('This run has no checkpoint to draw from yet; train it a little first.')
  }
  const { config } = run
  const labels = sheetLabels(config, options)
  const shape = shapeOf(config, checkpoint.info)
  await using sampler = await Sampler.create(engine, config, shape)
  await sampler.setWeights(
    Object.fromEntries([...checkpoint.tensors].map(([name, tensor]) => [name, tensor.values])),
  )
  const latents = randomStream(options.seed, 'samples', 0).normals(
    options.count * config.latentSize,
  )
  const images = await sampler.draw(latents, shape.alpha, { ...watch, ...(labels && { labels }) })
  const columns = options.columns ?? Math.ceil(Math.sqrt(options.count))
  const { resolution } = shape
  const sheet = tileSheet(images, { resolution, channels: config.channels, columns })
  await writeWhole(
    options.file,
    await encodePng(sheet.pixels, sheet.width, sheet.height, sheet.channels),
    watch.signal,
  )
}

/** The class of each of a sheet's pictures; null for a run without classes. Throws for a class that it does not have. */
export function sheetLabels(
  { classes }: Pick<TrainConfig, 'classes'>,
  { count, className = null }: Pick<SheetOptions, 'count' | 'className'>,
): number[] | null {
  if (classes === null) {
    if (className === null) return null
    throw new Error(`This run was trained without classes, so it cannot draw "${className}" alone.`)
  }
  const label = className === null ? null : classes.indexOf(className)
  if (label === -1) {
    throw new Error(`This run has no class "${className}"; it has ${classes.join(', ')}.`)
  }
  return Array.from(
    { length: count },
    (_, i) => label ?? Math.floor((i * classes.length) / Math.max(count, classes.length)),
  )
}

/** Writes beside the target first, so that a half-written file never looks finished. */
async function writeWhole(file: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  const partial = `${file}.part`
  try {
    await writeFile(partial, bytes)
    signal?.throwIfAborted()
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    if (signal?.aborted) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Could not write ${file}: ${reason}. Choose another folder or make room.`, {
      cause: error,
    })
  }
}
