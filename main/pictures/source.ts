import { basename, join } from 'node:path'
import type { DatasetSource, PrepareOptions, SkippedFile } from '../../shared/domain/dataset'
import { decodePicture } from './decode'
import { findPictures, type FoundFile } from './files'
import { emojiFolder, PADDED_DIGIT_SIZE, readDigits, SAMPLE_TITLES } from './samples'
import { levelsOf } from './levels'

/** The pictures of a source, in a fixed order, each to be decoded when it is its turn. */
export type Pictures = {
  /** Paths relative to the source; a sample's own names. */
  paths: readonly string[]
  skipped: readonly SkippedFile[]
  /** All `finalResolution^2 * channels` bytes of one picture. Throws when it cannot be decoded. */
  decode: (path: string) => Promise<Uint8Array>
}

/** A source's name for people: the folder's own, or the sample's. */
export function sourceName(source: DatasetSource): string {
  return source.kind === 'sample' ? SAMPLE_TITLES[source.name] : basename(source.path)
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
  if (files.length === 0) throw new Error(`The folder ${folder} is empty of pictures: ${KNOWN}.`)
  const { crop, channels, finalResolution: resolution } = options
  return {
    paths: files.map((file: FoundFile) => file.path),
    skipped,
    decode: (path) => decodePicture(join(folder, path), { crop, channels, resolution }),
  }
}

const KNOWN = 'Sprout reads JPEG, PNG, WebP, GIF, AVIF and TIFF'

async function digits({ channels, finalResolution }: PrepareOptions): Promise<Pictures> {
  if (channels !== 1 || finalResolution > PADDED_DIGIT_SIZE) {
    throw new Error(
      `The handwritten digits are ${PADDED_DIGIT_SIZE} px with one channel; ` +
        `choose ${PADDED_DIGIT_SIZE} px or less and one channel.`,
    )
  }
  const { count, digit } = await readDigits()
  return {
    paths: Array.from({ length: count }, (_, i) => String(i).padStart(5, '0')),
    skipped: [],
    decode: async (path) =>
      levelsOf(digit(Number(path)), PADDED_DIGIT_SIZE, channels).get(finalResolution)!,
  }
}
