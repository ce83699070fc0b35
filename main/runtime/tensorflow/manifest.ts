import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { replaceFile } from '../../files/replaceFile'
import { digestOf, filesBelow } from './digest'
import { engineFiles } from './layout'

const ManifestSchema = v.object({
  format: v.literal(1),
  engine: v.literal('tensorflow'),
  version: v.string(),
  /** By path in the engine's folder. */
  files: v.record(v.string(), v.object({ bytes: v.number(), sha256: v.string() })),
})
/** What an installed engine consists of; written last, so an engine without one is none. */
export type Manifest = v.InferOutput<typeof ManifestSchema>

const SHA256 = { algorithm: 'sha256', encoding: 'hex' } as const

/** The manifest of the engine in `folder`; null when there is none that can be read. */
export function readManifest(folder: string): Manifest | null {
  try {
    const text = readFileSync(engineFiles(folder).manifest, 'utf8')
    const parsed = v.safeParse(ManifestSchema, JSON.parse(text))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}

/** Writes the manifest of an engine, in one go. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const { manifest: file } = engineFiles(folder)
  replaceFile(file, JSON.stringify(manifest, null, 1))
}

/** The entry of one file, which is read whole. */
export async function fileEntry(
  folder: string,
  path: string,
  signal: AbortSignal,
  onBytes?: (count: number) => void,
): Promise<Manifest['files'][string]> {
  const file = join(folder, path)
  return { bytes: statSync(file).size, sha256: await digestOf(file, SHA256, signal, onBytes) }
}

/** The manifest of all that is below `folder`. */
export async function manifestOf(
  folder: string,
  version: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Manifest> {
  const files: Manifest['files'] = {}
  for (const path of filesBelow(folder))
    files[path] = await fileEntry(folder, path, signal, onBytes)
  return { format: 1, engine: 'tensorflow', version, files }
}

/** Paths of files that are missing or of another size: quick, but blind to damage inside of a file. */
export function missingFiles(folder: string, { files }: Manifest): string[] {
  return Object.entries(files)
    .filter(([path, { bytes }]) => {
      const file = join(folder, path)
      return !existsSync(file) || statSync(file).size !== bytes
    })
    .map(([path]) => path)
}

/** Paths of files that are not what the manifest says, byte for byte. */
export async function brokenFiles(
  folder: string,
  manifest: Manifest,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<string[]> {
  const broken = missingFiles(folder, manifest)
  for (const [path, { sha256 }] of Object.entries(manifest.files)) {
    if (broken.includes(path)) continue
    if ((await fileEntry(folder, path, signal, onBytes)).sha256 !== sha256) broken.push(path)
  }
  return broken.sort()
}

/** Bytes of all files of a manifest. */
export function totalBytes({ files }: Manifest): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0)
}
