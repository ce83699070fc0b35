import { homedir } from 'node:os'
import { join } from 'node:path'
import { TENSORFLOW_VERSION } from './source'

/** Folder of installed engines and their downloads: SPROUT_ENGINES, or in the user's cache folder. */
export function enginesFolder(): string {
  const { SPROUT_ENGINES, XDG_CACHE_HOME } = process.env
  return SPROUT_ENGINES || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'sprout/engines')
}

/** Folder of the TensorFlow engine, installed or not, among the engines in `engines`. */
export function tensorflowFolder(engines: string = enginesFolder()): string {
  return join(engines, `tensorflow-${TENSORFLOW_VERSION}`)
}

/** Where an engine's downloads are kept, for repairs. */
export function downloadsFolder(engines: string): string {
  return join(engines, 'downloads')
}
