import sharp, { type Sharp } from 'sharp'
import { because, type Explanation } from '../../shared/domain/explanation'
import type { CropMode } from '../../shared/domain/dataset'
import { readPictureFile, UnreadableFileError } from './pictureFile'

/** Files above this many pixels are left out: a header can promise what no memory holds. */
const MAX_PIXELS = 2 ** 28
/**
 * Pictures that unpack to more bytes than this are left out. libvips holds some kinds whole, and twice while it turns
 * them; 200 million pixels, which is what the largest cameras have, are less.
 */
const MOST_UNPACKED_BYTES = 640 << 20
/** Longest side in pixels: libvips holds many whole rows at a time. JPEG, GIF and WebP have no longer ones. */
const LONGEST_SIDE = 65_535
/** Pictures that unpack to more than this are decoded one at a time. */
const MANY_BYTES = 192 << 20
/** Bytes of a sample, where it has more than one. */
const SAMPLE_BYTES: Readonly<Record<string, number>> = {
  ushort: 2,
  short: 2,
  uint: 4,
  int: 4,
  float: 4,
  complex: 8,
  double: 8,
  dpcomplex: 16,
}
/** Seconds that libvips may take for one file. */
const TIMEOUT_SECONDS = 30

/** Of what a library says of a file, so much is told. */
const MOST_REASON = 200
/** What a damaged file can bring into an error's text. */
const UNPRINTABLE = /[^\P{Cc}\n]|\p{Cf}|\ufffd/gu

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
 * channels. A very large one is decoded by way of `alone`, for a caller who decodes several at a time and has memory for
 * one such. Throws when the file is damaged, cut short or no picture; see {@link reasonFor}.
 */
export async function decodePicture(
  file: string,
  options: DecodeOptions,
  alone: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Promise<Uint8Array> {
  const bytes = await readPictureFile(file)
  const decode = () => decodeBytes(bytes, options)
  return (await isLarge(bytes)) ? alone(decode) : decode()
}

/** Whether a picture, by its head, is to be decoded with no other beside it. Throws where it is too large for that. */
export async function isLarge(bytes: Buffer): Promise<boolean> {
  const { width, height, channels, depth } = await openPicture(bytes).metadata()
  const unpacked = width * height * channels * (SAMPLE_BYTES[depth] ?? 1)
  if (unpacked > MOST_UNPACKED_BYTES || Math.max(width, height) > LONGEST_SIDE) {
    throw new UnreadableFileError(because('skip_too_large', {}))
  }
  return unpacked > MANY_BYTES
}

async function decodeBytes(bytes: Buffer, options: DecodeOptions): Promise<Uint8Array> {
  const { crop, channels, resolution } = options
  const image = openPicture(bytes)
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

/** An error of reading or decoding as something that a person can act on, without the path, shown beside it. */
export function reasonFor(error: unknown): Explanation {
  if (error instanceof UnreadableFileError) return error.why
  const text = error instanceof Error ? error.message : String(error)
  if (/unsupported image format/i.test(text)) return because('skip_not_picture', {})
  if (/premature end|truncated|unexpected end|end of (file|stream|input)|not enough/i.test(text)) {
    return because('skip_cut_short', {})
  }
  if (/pixel limit/i.test(text)) return because('skip_too_large', {})
  if (/timeout/i.test(text)) return because('skip_slow', { seconds: TIMEOUT_SECONDS })
  if (/EACCES|EPERM|permission denied/i.test(text)) return because('skip_denied', {})
  if (/ENOENT/i.test(text)) return because('skip_gone', {})
  if (/ENAMETOOLONG/i.test(text)) return because('skip_long_path', {})
  if (/ENXIO|ENODEV|EISDIR/i.test(text)) return because('skip_not_regular', {})
  const [line] = text.replace(UNPRINTABLE, ' ').split('\n')
  return because('skip_damaged', { detail: line!.trim().slice(0, MOST_REASON) })
}
