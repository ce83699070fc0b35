import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { because, explained, type Explanation } from '../../shared/domain/explanation'
import { skippedFor, type SkippedFile } from '../../shared/domain/dataset'

/** Formats that can be read, by file name extension; the content is what counts once a file is opened. */
const FORMATS: Readonly<Record<string, string>> = {
  '.jpg': 'JPEG',
  '.jpeg': 'JPEG',
  '.jpe': 'JPEG',
  '.jfif': 'JPEG',
  '.png': 'PNG',
  '.webp': 'WebP',
  '.gif': 'GIF',
  '.avif': 'AVIF',
  '.tif': 'TIFF',
  '.tiff': 'TIFF',
}
/** Pictures all the same to whoever put them there, so they are told about rather than ignored. */
const FOREIGN_FORMAT = /\.(bmp|dib|heic|heif|jxl|jp2|psd|xcf|svg|dng|cr2|cr3|nef|arw|raf|orf|rw2)$/i

/** A picture file found in a folder; `path` is relative to it. */
export type FoundFile = { path: string; format: string }

/** All picture files of a folder, in an order that depends on their names alone, and what was left out. */
export type Found = { files: FoundFile[]; skipped: SkippedFile[] }

/**
 * Looks through a folder and its subfolders. Hidden files and files that are no pictures by name are ignored;
 * folders that cannot be read are reported. Each real folder is visited once, so links cannot lead in circles.
 * Throws when `folder` itself is missing or no folder.
 */
export async function findPictures(folder: string, signal?: AbortSignal): Promise<Found> {
  await checkFolder(folder)
  const found: Found = { files: [], skipped: [] }
  const skip = (path: string, why: Explanation) =>
    found.skipped.push(skippedFor(pathWithin(folder, path), why))
  const visited = new Set<string>()
  const waiting = [folder]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    signal?.throwIfAborted()
    let entries: Dirent[]
    try {
      const real = await realpath(at)
      if (visited.has(real)) continue
      visited.add(real)
      entries = await readdir(at, { withFileTypes: true })
    } catch {
      skip(at, because('skip_folder_unreadable', {}))
      continue
    }
    // In order, so that a folder reached by two ways always gets its path by the same one.
    for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
      if (entry.name.startsWith('.')) continue
      const path = join(at, entry.name)
      const kind = await kindAt(path, entry)
      if (kind === 'unnamed') {
        if (entry.isDirectory() || FORMATS[extname(entry.name).toLowerCase()]) {
          skip(path, because('skip_bad_name', {}))
        }
        continue
      }
      if (kind === 'folder') waiting.push(path)
      if (kind === 'broken') skip(path, because('skip_broken_link', {}))
      if (kind === 'other' && FORMATS[extname(entry.name).toLowerCase()]) {
        skip(path, because('skip_not_regular', {}))
      }
      if (kind !== 'file') continue
      const extension = extname(entry.name).toLowerCase()
      const format = FORMATS[extension]
      if (format) found.files.push({ path: pathWithin(folder, path), format })
      if (FOREIGN_FORMAT.test(extension)) {
        skip(path, because('skip_format', { format: extension.slice(1).toUpperCase() }))
      }
    }
  }
  found.files.sort((a, b) => compare(a.path, b.path))
  return found
}

/** The class of a picture: the first sub-folder that its path leads through, null when it lies directly in the folder. */
export function classOfPath(path: string): string | null {
  const slash = path.indexOf('/')
  return slash < 1 ? null : path.slice(0, slash)
}

/** The classes of paths, each once, in the order of their names. */
export function classesOf(paths: readonly string[]): string[] {
  const names = new Set(paths.flatMap((path) => classOfPath(path) ?? []))
  return [...names].sort(compare)
}

/** By code units, not by the language of the system: equal folders give equal order everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Relative, with slashes on every system; the folder itself is `.`. */
function pathWithin(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/') || '.'
}

async function checkFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return
  } catch {
    throw explained('folder_missing', { folder })
  }
  throw explained('folder_is_file', { path: folder })
}

type Kind = 'file' | 'folder' | 'broken' | 'unnamed' | 'other'

/** What stands for bytes of a name that are no text: the name as it reads then leads to no file. */
const NO_TEXT = '\ufffd'

async function kindAt(path: string, entry: Dirent): Promise<Kind> {
  if (entry.name.includes(NO_TEXT) && !(await exists(path))) return 'unnamed'
  return entry.isSymbolicLink() ? linkTarget(path) : kindOf(entry)
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): Kind {
  if (entry.isFile()) return 'file'
  return entry.isDirectory() ? 'folder' : 'other'
}

async function linkTarget(path: string): Promise<Kind> {
  try {
    return kindOf(await stat(path))
  } catch {
    return 'broken'
  }
}
