/** Extension of run files that were saved or are to be sent. */
export const RUN_EXTENSION = 'sprout'

/** What no file system, or one of Windows, Linux and macOS, takes in a name; control characters among it. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\/:*?"<>|]+/gu
/** Names that Windows keeps for devices, whatever follows their first dot. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)/iu
/** Most file systems take 255 bytes; an extension and a mark of unfinished files are added to it. */
const MOST_BYTES = 180

/** True for a name that Windows opens as a device in place of a file. */
export function isDeviceName(name: string): boolean {
  return DEVICE.test(name)
}

/**
 * A name that a file can have on every system, as near to `name` as that allows: no separators, no control or
 * invisible characters, no device of Windows, not hidden, of bounded length. `otherwise` where nothing of it is left.
 */
export function fileNameFor(name: string, otherwise: string): string {
  const plain = name
    .replaceAll(FORBIDDEN, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[\s.~-]+/, '')
  const fitting = shortened(plain).replace(/[\s.]+$/, '')
  if (fitting === '') return otherwise
  return isDeviceName(fitting) ? `${otherwise} ${fitting}` : fitting
}

/** As many whole letters as fit {@link MOST_BYTES} in UTF-8. */
function shortened(name: string): string {
  let bytes = 0
  let kept = ''
  for (const letter of name) {
    bytes += bytesOf(letter.codePointAt(0)!)
    if (bytes > MOST_BYTES) break
    kept += letter
  }
  return kept
}

function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint < 0x10000 ? 3 : 4
}
