import { basename, join } from 'node:path'
import { because, explained, type ExplainedError } from '../../shared/domain/explanation'
import type { Resolution } from '../../shared/domain/resolution'
import {
  skippedFor,
  type DatasetSource,
  type PrepareOptions,
  type SkippedFile,
} from '../../shared/domain/dataset'
import { decodePicture } from './decode'
import { findDuplicates } from './duplicates'
import { classesOf, classOfPath, findPictures } from './files'
import { DIGIT_CLASSES, emojiFolder, PADDED_DIGIT_SIZE, readDigits, SAMPLE_TITLES } from './samples'
import { levelsOf } from './levels'
import { OneAtATime } from './oneAtATime'

/** The pictures of a source, in a fixed order, each to be decoded when it is its turn. */
export type Pictures = {
  /** Paths relative to the source; a sample's own names. */
  paths: readonly string[]
  skipped: readonly SkippedFile[]
  /** All classes, in the order that they are numbered in a new dataset. */
  classes: readonly string[]
  /** A picture's class, null when it has none. */
  classOf: (path: string) => string | null
  /** One picture at every level from `finalResolution` down. Throws when it cannot be decoded. */
  decode: (path: string) => Promise<ReadonlyMap<Resolution, Uint8Array>>
}

/** A source's name for people: the folder's own, or the sample's. */
export function sourceName(source: DatasetSource): string {
  if (source.kind === 'sample') return SAMPLE_TITLES[source.name]
  return basename(source.path) || source.path
}

/** The folder behind a source; null for one that is no folder of files. */
export function folderOf(source: DatasetSource): string | null {
  if (source.kind === 'folder') return source.path
  return source.name === 'emoji' ? emojiFolder() : null
}

/** Finds a source's pictures. Throws one clear line when there is nothing to look at. */
export async function picturesOf(options: PrepareOptions, signal?: AbortSignal): Promise<Pictures> {
  const folder = folderOf(options.source)
  if (folder === null) return digits(options)
  const { files, skipped } = await findPictures(folder, signal)
  if (files.length === 0) {
    throw nothingIn(folder, skipped[0])
  }
  const all = files.map((file) => file.path)
  const duplicates = options.dropDuplicates
    ? await findDuplicates(folder, all, { signal })
    : new Map<string, string>()
  const same = [...duplicates].map(([path, sameAs]) =>
    skippedFor(path, because('skip_same', { path: sameAs })),
  )
  const paths = all.filter((path) => !duplicates.has(path))
  return {
    paths,
    skipped: [...skipped, ...same],
    classes: classesOf(paths),
    classOf: classOfPath,
    decode: decoderIn(folder, options),
  }
}

/** Decodes single pictures of a source, by path, without looking for all of them. */
export async function decoderOf(options: PrepareOptions): Promise<Pictures['decode']> {
  const folder = folderOf(options.source)
  return folder === null ? (await digits(options)).decode : decoderIn(folder, options)
}

function decoderIn(
  folder: string,
  { crop, channels, finalResolution: resolution }: PrepareOptions,
): Pictures['decode'] {
  const large = new OneAtATime()
  return async (path) => {
    const options = { crop, channels, resolution }
    const pixels = await decodePicture(join(folder, path), options, large.take)
    return levelsOf(pixels, resolution, channels)
  }
}

/** What is wrong with a folder in which no picture was found; `first` is a file that was left out, if any was. */
export function nothingIn(folder: string, first: SkippedFile | undefined): ExplainedError {
  if (first === undefined) return explained('folder_empty', { folder })
  return explained('folder_useless', {
    folder,
    path: first.path,
    reason: first.why ?? first.reason,
  })
}

async function digits({ channels, finalResolution }: PrepareOptions): Promise<Pictures> {
  if (finalResolution > PADDED_DIGIT_SIZE) {
    throw explained('digits_size', { size: `${PADDED_DIGIT_SIZE}` })
  }
  const { count, digit, label, name } = await readDigits()
  return {
    paths: Array.from({ length: count }, (_, i) => name(i)),
    skipped: [],
    classes: DIGIT_CLASSES,
    classOf: (path) => DIGIT_CLASSES[label(Number(path))] ?? null,
    decode: async (path) => {
      const levels = levelsOf(digit(Number(path)), PADDED_DIGIT_SIZE, 1)
      for (const resolution of levels.keys()) {
        if (resolution > finalResolution) levels.delete(resolution)
        else levels.set(resolution, withGreyChannels(levels.get(resolution)!, channels))
      }
      return levels
    },
  }
}

/** Grey pixels as one channel (as they are), RGB, or RGB and full opacity. */
function withGreyChannels(grey: Uint8Array, channels: 1 | 3 | 4): Uint8Array {
  if (channels === 1) return grey
  const pixels = new Uint8Array(grey.length * channels).fill(255)
  for (let i = 0; i < grey.length; i++) pixels.fill(grey[i]!, i * channels, i * channels + 3)
  return pixels
}
