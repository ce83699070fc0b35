/** Extension of run files that were saved or are to be sent. */
export const RUN_EXTENSION = 'sprout'

/** Longest stem, in characters: file systems allow 255 bytes, and a character takes up to four. */
const MOST_CHARACTERS = 60
/** Names that Windows keeps for devices, whatever their extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i

/** A run's name as the stem of a file's: nothing in it that any system refuses or takes for a path. */
export function fileStem(name: string, fallback = 'run'): string {
  const plain = name.replace(/[\\/:*?"<>|\p{Cc}\s]+/gu, ' ')
  const short = [...plain].slice(0, MOST_CHARACTERS).join('')
  // Windows drops dots and spaces at the end; a dot at the start hides the file elsewhere.
  const stem = short.replace(/^[\s.]+|[\s.]+$/g, '')
  if (stem === '') return fallback
  return RESERVED.test(stem) ? `${stem} ${fallback}` : stem
}
