import { join } from 'node:path'
import type { DatasetSource, SourceScan } from '../../shared/domain/dataset'
import { open, reasonFor } from './decode'
import { encodePng } from './encode'
import { findPictures } from './files'
import { countDigits, PADDED_DIGIT_SIZE, readDigits } from './samples'
import { folderOf, sourceName } from './source'

/** Pictures looked into for previews and for the guess of channels, spread evenly over the source. */
const LOOKED_AT = 24
const PREVIEW_PX = 96

/**
 * A first look at a source: counts by format, previews, a guess of the channels. Throws one clear line when
 * the folder is missing or has no picture that can be read.
 */
export async function scanSource(source: DatasetSource): Promise<SourceScan> {
  const folder = folderOf(source)
  if (folder === null) return scanDigits(source)
  const { files, skipped } = await findPictures(folder)
  if (files.length === 0) throw new Error(`The folder ${folder} is empty of pictures.`)
  const byFormat: Record<string, number> = {}
  for (const { format } of files) byFormat[format] = (byFormat[format] ?? 0) + 1
  const looks = await Promise.all(spread(files).map(({ path }) => look(join(folder, path), path)))
  const seen = looks.flatMap((one) => ('preview' in one ? [one] : []))
  const unreadable = looks.flatMap((one) => ('reason' in one ? [one] : []))
  if (seen.length === 0) {
    throw new Error(`There is no readable picture in ${folder}: ${unreadable[0]!.path} is ${unreadable[0]!.reason}.`)
  }
  return {
    name: sourceName(source),
    files: files.length,
    byFormat,
    channels: source.kind === 'sample' ? 3 : guessChannels(seen),
    skipped: [...skipped, ...unreadable],
    previews: seen.map(({ preview }) => preview),
  }
}

type Look = { grey: boolean; transparent: boolean; preview: Uint8Array }

async function look(file: string, path: string): Promise<Look | { path: string; reason: string }> {
  try {
    const { channels, isOpaque } = await open(file).stats()
    const colour = channels.length >= 3
    const preview = await open(file)
      .autoOrient()
      .resize(PREVIEW_PX, PREVIEW_PX, { fit: 'cover' })
      .png()
      .toBuffer()
    return { grey: !colour, transparent: !isOpaque, preview }
  } catch (error) {
    return { path, reason: reasonFor(error) }
  }
}

function guessChannels(looks: readonly Look[]): 1 | 3 | 4 {
  if (looks.some((one) => one.transparent)) return 4
  return looks.every((one) => one.grey) ? 1 : 3
}

async function scanDigits(source: DatasetSource): Promise<SourceScan> {
  const count = await countDigits()
  const { digit } = await readDigits()
  const previews = spread(Array.from({ length: count }, (_, i) => i)).map((i) =>
    encodePng(digit(i), PADDED_DIGIT_SIZE, PADDED_DIGIT_SIZE, 1),
  )
  return {
    name: sourceName(source),
    files: count,
    byFormat: { IDX: count },
    channels: 1,
    skipped: [],
    previews: await Promise.all(previews),
  }
}

function spread<T>(all: readonly T[]): T[] {
  const step = Math.max(1, all.length / LOOKED_AT)
  return Array.from({ length: Math.min(LOOKED_AT, all.length) }, (_, i) => all[Math.floor(i * step)]!)
}
