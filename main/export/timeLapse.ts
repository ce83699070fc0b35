import { explained } from '../../shared/domain/explanation'
import type { ExportRequest } from '../../shared/domain/exportRequest'
import type { MosaicEntry } from '../../shared/domain/mosaicHistory'
import type { Pixels } from '../pictures/encode'
import { openMosaic } from '../pictures/frames'
import type { RunFile } from '../store/runFile'
import { Animation, fitFrame } from './animation'
import { writeWholeBytes, type ExportWatch } from './wholeFile'

type Request = Extract<ExportRequest, { kind: 'timelapse' }>

/** The end is looked at for a moment before it begins anew. */
const LAST_FRAME_EXTRA_MS = 1000

/** The grid of a run's mosaics and how many there are; null before the first. */
export function mosaicGrid(
  run: RunFile,
): { columns: number; rows: number; mosaics: number } | null {
  const mosaics = likeTheLast(run.mosaics())
  const last = mosaics.at(-1)
  return last === undefined
    ? null
    : { columns: last.columns, rows: last.rows, mosaics: mosaics.length }
}

/**
 * Shows how a run's mosaics, or one picture of them, changed: all of them where the asked frames a second allow it in
 * the asked time, else evenly chosen ones, the last always. Leaves no file when it throws or is cancelled.
 */
export async function exportTimeLapse(
  run: RunFile,
  request: Request,
  { onProgress, signal }: ExportWatch = {},
): Promise<void> {
  const { file, seconds, framesPerSecond, tile, width } = request
  const all = likeTheLast(run.mosaics())
  const last = all.at(-1)
  if (last === undefined) {
    throw explained('no_mosaics', {})
  }
  if (tile !== null && tile >= last.columns * last.rows) {
    throw explained('no_such_tile', { count: last.columns * last.rows, tile })
  }
  const shown = evenly(all, Math.max(1, Math.round(seconds * framesPerSecond)))
  const delay = (seconds * 1000) / shown.length
  const largest = Math.max(...shown.map(({ resolution }) => resolution))
  const animation = new Animation(shown.length)
  for (const [i, mosaic] of shown.entries()) {
    signal?.throwIfAborted()
    const webp = run.mosaicPicture(mosaic.seq)
    // An interim one goes when the next comes.
    if (webp === null) throw new Error(`There is no mosaic ${mosaic.seq} in this run.`)
    const frame = await pixelsOf(mosaic, webp, tile)
    const even = await fitFrame(frame, (frame.width * largest) / mosaic.resolution)
    const extra = i === shown.length - 1 ? LAST_FRAME_EXTRA_MS : 0
    animation.add(await fitFrame(even, width), delay + extra)
    onProgress?.(file, i + 1, shown.length)
  }
  await writeWholeBytes(file, await animation.encode(request.format, signal), signal)
}

/** `most` items at most, evenly spread, the last among them. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items]
  const step = items.length / most
  return Array.from({ length: most }, (_, i) => items[Math.ceil((i + 1) * step) - 1]!)
}

/** Mosaics with the grid of the newest one: all, unless an older version laid them out otherwise. */
function likeTheLast(mosaics: readonly MosaicEntry[]): MosaicEntry[] {
  const last = mosaics.at(-1)
  return mosaics.filter(({ columns, rows }) => columns === last?.columns && rows === last.rows)
}

async function pixelsOf(
  { columns, resolution }: MosaicEntry,
  webp: Uint8Array,
  tile: number | null,
): Promise<Pixels> {
  const image = openMosaic(webp)
  if (tile !== null) {
    image.extract({
      left: (tile % columns) * resolution,
      top: Math.floor(tile / columns) * resolution,
      width: resolution,
      height: resolution,
    })
  }
  // WebP drops an alpha channel that is opaque everywhere, which may be so in some mosaics and not in others.
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { pixels: data, width: info.width, height: info.height, channels: 4 }
}
