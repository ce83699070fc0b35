import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { because, ExplainedError } from '../../shared/domain/explanation'

/** Files above this size are left out. */
const MAX_FILE_MB = 512
/** Enough of a file to tell its format. */
const MAGIC_BYTES = 32

/** Why a file is left out. */
export class UnreadableFileError extends ExplainedError {
  override readonly name = 'UnreadableFileError'
}

/**
 * The bytes of a picture file, or of its first `most` bytes. Read by Node, since libvips sees no files inside an app's
 * archive. Nothing but a regular file is waited for, and nothing but the formats that Sprout reads is read: libvips
 * would take others (drawings that are programs among them) for what their first bytes say. Throws an
 * {@link UnreadableFileError}, or an error of the file system.
 */
export async function readPictureFile(file: string, most = Infinity): Promise<Buffer> {
  // Without waiting: a pipe that nobody writes to would be waited for forever.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new UnreadableFileError(because('skip_not_regular', {}))
    if (stat.size === 0) throw new UnreadableFileError(because('skip_empty', {}))
    if (stat.size > MAX_FILE_MB * 2 ** 20) {
      throw new UnreadableFileError(because('skip_heavy', { megabytes: MAX_FILE_MB }))
    }
    const magic = await readStart(handle, Math.min(stat.size, MAGIC_BYTES))
    if (!isPicture(magic)) {
      throw new UnreadableFileError(because('skip_not_picture', {}))
    }
    return await readStart(handle, Math.min(stat.size, most))
  } finally {
    await handle.close()
  }
}

/** The first `length` bytes; fewer of a file that got shorter meanwhile. */
async function readStart(handle: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/** True for the beginnings of JPEG, PNG, GIF, WebP, TIFF and AVIF files. */
export function isPicture(start: Uint8Array): boolean {
  const text = Buffer.from(start.buffer, start.byteOffset, start.byteLength).toString('latin1')
  return (
    text.startsWith('\xff\xd8\xff') ||
    text.startsWith('\x89PNG\r\n\x1a\n') ||
    /^GIF8[79]a/.test(text) ||
    (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) ||
    /^(II[*+]\0|MM\0[*+])/.test(text) ||
    (text.startsWith('ftyp', 4) && /avi[fs]|mif1|msf1/.test(text.slice(8)))
  )
}
