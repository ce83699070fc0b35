import { join } from 'node:path'
import type {
  DatasetSource,
  PictureClass,
  SkippedFile,
  SourceScan,
} from '../../shared/domain/dataset'
import { openPicture, readPicture, reasonFor } from './decode'
import { encodePng } from './encode'
import { classesOf, classOfPath, findPictures, type FoundFile } from './files'
import { inOrder } from './inOrder'
import { DIGIT_CLASSES, PADDED_DIGIT_SIZE, readDigits } from './samples'
import { folderOf, sourceName } from './source'

/** Pictures looked into for previews and for the guess of channels, spread evenly over the source. */
const LOOKED_AT = 24
const PREVIEW_PX = 96

/** Pictures looked into at the same time. */
const AT_ONCE = 4

/**
 * A first look at a source: counts by format, previews, a guess of the channels. Throws one clear line when
 * the folder is missing or has no picture that can be read.
 */
export async function scanSource(source: DatasetSource): Promise<SourceScan> {
  const folder = folderOf(source)
  if (folder === null) return scanDigits(source)
  const { files, skipped } = await findPictures(folder)
  const first = skipped[0]
  if (files.length === 0) {
    const why = first === undefined ? '' : `; ${first.path}: ${first.reason}`
    throw new Error(`The folder ${folder} is empty of pictures${why}.`)
  }
  const byFormat: Record<string, number> = {}
  for (const { format } of files) byFormat[format] = (byFormat[format] ?? 0) + 1
  const seen: Look[] = []
  const unreadable: SkippedFile[] = []
  const work = ({ path }: FoundFile) => look(join(folder, path))
  const failed: FoundFile[] = []
  for await (const outcome of inOrder(spread(files), AT_ONCE, work)) {
    if (outcome.ok) seen.push(outcome.result)
    else failed.push(outcome.item)
  }
  // Alone, so that libvips' one error text is surely the file's own.
  for await (const outcome of inOrder(failed, 1, work)) {
    if (outcome.ok) seen.push(outcome.result)
    else unreadable.push({ path: outcome.item.path, reason: reasonFor(outcome.error) })
  }
  if (seen.length === 0) {
    const { path, reason } = unreadable[0]!
    throw new Error(`There is no readable picture in ${folder}; the first, ${path}: ${reason}.`)
  }
  return {
    name: sourceName(source),
    files: files.length,
    byFormat,
    channels: source.kind === 'sample' ? 3 : guessChannels(seen),
    classes: classCounts(files.map(({ path }) => path)),
    skipped: [...skipped, ...unreadable],
    previews: seen.map(({ preview }) => preview),
  }
}

type Look = { grey: boolean; transparent: boolean; preview: Uint8Array<ArrayBuffer> }

/** Decodes a picture at preview size, which shows its colours and transparency as well. */
async function look(file: string): Promise<Look> {
  const { data } = await openPicture(await readPicture(file))
    .resize(PREVIEW_PX, PREVIEW_PX, { fit: 'cover' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  let grey = true
  let transparent = false
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) grey = false
    if (data[i + 3]! < 255) transparent = true
  }
  return { grey, transparent, preview: await encodePng(data, PREVIEW_PX, PREVIEW_PX, 4) }
}

function guessChannels(looks: readonly Look[]): 1 | 3 | 4 {
  if (looks.some((one) => one.transparent)) return 4
  return looks.every((one) => one.grey) ? 1 : 3
}

async function scanDigits(source: DatasetSource): Promise<SourceScan> {
  const { count, digit, label } = await readDigits()
  const counts = DIGIT_CLASSES.map(() => 0)
  for (let i = 0; i < count; i++) counts[label(i)]!++
  const previews = spread(Array.from({ length: count }, (_, i) => i)).map((i) =>
    encodePng(digit(i), PADDED_DIGIT_SIZE, PADDED_DIGIT_SIZE, 1),
  )
  return {
    name: sourceName(source),
    files: count,
    byFormat: { IDX: count },
    channels: 1,
    classes: DIGIT_CLASSES.map((name, digitClass) => ({ name, pictures: counts[digitClass]! })),
    skipped: [],
    previews: await Promise.all(previews),
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

function spread<T>(all: readonly T[]): T[] {
  const step = Math.max(1, all.length / LOOKED_AT)
  return Array.from(
    { length: Math.min(LOOKED_AT, all.length) },
    (_, i) => all[Math.floor(i * step)]!,
  )
}
