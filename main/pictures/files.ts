import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import type { SkippedFile } from '../../shared/domain/dataset'

/** Picture formats by file name extension; the content is what counts once a file is opened. */
const FORMATS: Readonly<Record<string, string>> = {
  '.jpg': 'JPEG',
  '.jpeg': 'JPEG',
  '.jfif': 'JPEG',
  '.png': 'PNG',
  '.webp': 'WebP',
  '.gif': 'GIF',
  '.avif': 'AVIF',
  '.tif': 'TIFF',
  '.tiff': 'TIFF',
  '.bmp': 'BMP',
}

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
  const visited = new Set<string>()
  const waiting = [folder]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    signal?.throwIfAborted()
    const real = await realpath(at)
    if (visited.has(real)) continue
    visited.add(real)
    let entries: Dirent[]
    try {
      entries = await readdir(at, { withFileTypes: true })
    } catch {
      found.skipped.push({ path: relative(folder, at), reason: 'the folder cannot be read' })
      continue
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue
      const path = join(at, entry.name)
      const kind = entry.isSymbolicLink() ? await linkTarget(path) : kindOf(entry)
      if (kind === 'folder') waiting.push(path)
      const format = FORMATS[extname(entry.name).toLowerCase()]
      if (kind === 'file' && format) found.files.push({ path: relative(folder, path), format })
      if (kind === 'broken') {
        found.skipped.push({ path: relative(folder, path), reason: 'the link leads nowhere' })
      }
    }
  }
  // By code points, not by the language of the system: equal folders give equal order everywhere.
  found.files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  return found
}

async function checkFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return
  } catch {
    throw new Error(`There is no folder ${folder}.`)
  }
  throw new Error(`${folder} is a file; choose the folder that holds the pictures.`)
}

type Kind = 'file' | 'folder' | 'broken' | 'other'

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
