import sharp, { type Sharp } from 'sharp'
import type { CROP_MODES } from '../../shared/domain/dataset'

/** Files above this many pixels are left out: a header can promise what no memory holds. */
const MAX_PIXELS = 2 ** 28
/** Seconds that libvips may take for one file. */
const TIMEOUT_SECONDS = 30

/** How a file becomes a square of bytes. */
export type DecodeOptions = {
  crop: (typeof CROP_MODES)[number]
  channels: 1 | 3 | 4
  /** Side length of the result in pixels. */
  resolution: number
}

/**
 * Decodes one file to `resolution * resolution * channels` bytes in sRGB: turned upright (EXIF), made square
 * by a centre crop or by padding, scaled with Lanczos. Transparency is shown on white unless there are four
 * channels. Throws with libvips' own words when the file is damaged, cut short or no picture.
 */
export async function decodePicture(file: string, options: DecodeOptions): Promise<Uint8Array> {
  const { crop, channels, resolution } = options
  const image = open(file).autoOrient().toColourspace('srgb').resize(resolution, resolution, {
    fit: crop === 'centre' ? 'cover' : 'contain',
    background: channels === 4 ? '#ffffff00' : '#ffffff',
    kernel: 'lanczos3',
  })
  const shaped = withChannels(image, channels).raw({ depth: 'uchar' })
  const { data, info } = await shaped.toBuffer({ resolveWithObject: true })
  if (info.width !== resolution || info.height !== resolution || info.channels !== channels) {
    throw new Error(`decoded to ${info.width} x ${info.height} with ${info.channels} channels`)
  }
  return data
}

/** Opens a picture with the limits that every reader of unknown files needs. Only the first frame is read. */
export function open(file: string): Sharp {
  return sharp(file, { failOn: 'truncated', limitInputPixels: MAX_PIXELS, pages: 1 }).timeout({
    seconds: TIMEOUT_SECONDS,
  })
}

function withChannels(image: Sharp, channels: 1 | 3 | 4): Sharp {
  if (channels === 4) return image.ensureAlpha()
  const opaque = image.flatten({ background: '#ffffff' }).removeAlpha()
  return channels === 3 ? opaque : opaque.toColourspace('b-w')
}

/** libvips' error in a few words a person can act on, without the path, which is shown beside it. */
export function reasonFor(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (/unsupported image format/i.test(text)) return 'not a picture format that Sprout can read'
  if (/premature end|truncated|unexpected end|end of file|bad data|not enough/i.test(text)) {
    return 'the file is cut short'
  }
  if (/pixel limit/i.test(text)) return 'the picture is too large'
  if (/timeout/i.test(text)) return `decoding took longer than ${TIMEOUT_SECONDS} s`
  if (/EACCES|permission denied/i.test(text)) return 'no permission to read it'
  if (/missing|ENOENT/i.test(text)) return 'the file is gone'
  return `damaged: ${text.split('\n')[0]!.trim()}`
}
