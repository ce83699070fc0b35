import { readFile, stat } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import type { CropMode } from '../../shared/domain/dataset'

/** Files above this many pixels are left out: a header can promise what no memory holds. */
const MAX_PIXELS = 2 ** 28
/** Files above this size are left out. */
const MAX_FILE_MB = 512
/** Seconds that libvips may take for one file. */
const TIMEOUT_SECONDS = 30

/** How a file becomes a square of bytes. */
export type DecodeOptions = {
  crop: CropMode
  channels: 1 | 3 | 4
  /** Side length of the result in pixels. */
  resolution: number
}

/**
 * Decodes one file to `resolution * resolution * channels` bytes in sRGB: turned upright (EXIF), made square
 * by a crop to the centre or to what strikes the eye (libvips' attention: edges, skin, strong colours) or by padding, and
 * scaled with Lanczos. Transparency is shown on white unless there are four
 * channels. Throws when the file is damaged, cut short or no picture; see {@link reasonFor}.
 */
export async function decodePicture(file: string, options: DecodeOptions): Promise<Uint8Array> {
  const { crop, channels, resolution } = options
  const image = openPicture(await readPicture(file))
    .resize(resolution, resolution, {
      fit: crop === 'pad' ? 'contain' : 'cover',
      ...(crop === 'smart' && { position: sharp.strategy.attention }),
      background: channels === 4 ? '#ffffff00' : '#ffffff',
      kernel: 'lanczos3',
    })
    .toColourspace('srgb')
  const shaped = withChannels(image, channels).raw({ depth: 'uchar' })
  const { data, info } = await shaped.toBuffer({ resolveWithObject: true })
  if (info.width !== resolution || info.height !== resolution || info.channels !== channels) {
    throw new Error(`decoded to ${info.width} x ${info.height} with ${info.channels} channels`)
  }
  return data
}

/** The bytes of a file. Read by Node, since libvips sees no files inside an app's archive. */
export async function readPicture(file: string): Promise<Buffer> {
  const { size } = await stat(file)
  if (size === 0) throw new Error('the file is empty')
  if (size > MAX_FILE_MB * 2 ** 20) throw new Error(`the file is larger than ${MAX_FILE_MB} MB`)
  return readFile(file)
}

/** Opens a picture upright, with the limits that unknown files need. Only the first frame is read. */
export function openPicture(bytes: Buffer): Sharp {
  return sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_PIXELS, pages: 1 })
    .timeout({ seconds: TIMEOUT_SECONDS })
    .autoOrient()
}

function withChannels(image: Sharp, channels: 1 | 3 | 4): Sharp {
  if (channels === 4) return image.ensureAlpha()
  const opaque = image.flatten({ background: '#ffffff' }).removeAlpha()
  return channels === 3 ? opaque : opaque.toColourspace('b-w')
}

/** An error of reading or decoding in a few words a person can act on, without the path, shown beside it. */
export function reasonFor(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (text.startsWith('the file is')) return text
  if (/unsupported image format/i.test(text)) return 'not a picture format that Sprout can read'
  if (/premature end|truncated|unexpected end|end of (file|stream|input)|not enough/i.test(text)) {
    return 'the file is cut short'
  }
  if (/pixel limit/i.test(text)) return 'the picture is too large'
  if (/timeout/i.test(text)) return `decoding took longer than ${TIMEOUT_SECONDS} s`
  if (/EACCES|EPERM|permission denied/i.test(text)) return 'no permission to read it'
  if (/ENOENT/i.test(text)) return 'the file is gone'
  return `damaged: ${text.split('\n')[0]!.trim()}`
}
