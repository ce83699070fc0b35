import { fileNameFor } from './domain/fileName'

/** Extension of run files that were saved or are to be sent. */
export const RUN_EXTENSION = 'sprout'

/** A run's name as the stem of a file's: nothing in it that any system refuses or takes for a path. */
export function fileStem(name: string, fallback = 'run'): string {
  return fileNameFor(name, fallback)
}
