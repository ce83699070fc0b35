import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { Dice, spoilt } from './dice'

/** A file's bytes and the extension that it comes with. */
export type HostilePicture = { extension: string; bytes: Buffer }

const EXTENSIONS = ['jpg', 'png', 'webp', 'gif', 'avif', 'tif']

/** Noise of a few colours, so that every encoder has something to do. */
function noise(dice: Dice, width: number, height: number, channels: 1 | 2 | 3 | 4): Sharp {
  const pixels = dice.bytes(width * height * channels)
  return sharp(pixels, { raw: { width, height, channels } })
}

/** Whole files of every kind that libvips writes, small ones: what the spoilt ones are made of. */
export async function soundPictures(): Promise<HostilePicture[]> {
  const dice = new Dice(1)
  const rgb = () => noise(dice, 23, 17, 3)
  const grey = () => noise(dice, 23, 17, 1).toColourspace('b-w')
  const clear = () => noise(dice, 23, 17, 4)
  const frames = noise(dice, 12, 36, 3)
  const animated = sharp(await frames.png().toBuffer(), { pages: 1 })
  const turned = [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => rgb().withMetadata({ orientation }))
  const recipes: (readonly [string, Promise<Buffer>])[] = [
    ...turned.map((image) => ['jpg', image.jpeg().toBuffer()] as const),
    ['jpg', rgb().jpeg({ progressive: true, quality: 30 }).toBuffer()],
    ['jpg', rgb().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer()],
    ['jpg', rgb().toColourspace('cmyk').jpeg().toBuffer()],
    ['jpg', rgb().withIccProfile('p3').jpeg().toBuffer()],
    ['jpg', grey().jpeg().toBuffer()],
    ['png', rgb().png().toBuffer()],
    ['png', rgb().png({ progressive: true }).toBuffer()],
    ['png', rgb().png({ palette: true, colours: 4 }).toBuffer()],
    ['png', rgb().toColourspace('rgb16').png().toBuffer()],
    ['png', clear().toColourspace('rgb16').png({ progressive: true }).toBuffer()],
    ['png', noise(dice, 23, 17, 2).toColourspace('b-w').png().toBuffer()],
    ['png', rgb().withIccProfile('p3').withMetadata({ orientation: 6 }).png().toBuffer()],
    ['png', grey().png().toBuffer()],
    ['png', noise(dice, 1, 300, 3).png().toBuffer()],
    ['png', noise(dice, 1, 1, 4).png().toBuffer()],
    ['webp', rgb().webp().toBuffer()],
    ['webp', clear().webp({ lossless: true }).toBuffer()],
    ['webp', clear().webp({ nearLossless: true, quality: 50 }).toBuffer()],
    ['webp', animated.clone().webp({ loop: 1 }).toBuffer()],
    ['gif', rgb().gif().toBuffer()],
    ['gif', clear().gif({ interFrameMaxError: 0 }).toBuffer()],
    ['tif', rgb().tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer()],
    ['tif', rgb().tiff({ compression: 'deflate' }).toBuffer()],
    ['tif', rgb().tiff({ compression: 'jpeg' }).toBuffer()],
    ['tif', rgb().tiff({ compression: 'packbits', bigtiff: true }).toBuffer()],
    ['tif', noise(dice, 70, 70, 3).tiff({ tile: true, tileWidth: 32, tileHeight: 32 }).toBuffer()],
    ['tif', grey().tiff({ bitdepth: 1, compression: 'none' }).toBuffer()],
    ['tif', rgb().toColourspace('rgb16').tiff({ compression: 'none' }).toBuffer()],
    ['tif', rgb().toColourspace('cmyk').tiff({ compression: 'none' }).toBuffer()],
    ['avif', rgb().avif({ effort: 0 }).toBuffer()],
    ['avif', clear().avif({ effort: 0, bitdepth: 8 }).toBuffer()],
  ]
  const files = recipes.map(async ([extension, bytes]) => ({ extension, bytes: await bytes }))
  return Promise.all([...files, movingPicture('gif', dice), movingPicture('webp', dice)])
}

/** An animation of three frames. */
async function movingPicture(format: 'gif' | 'webp', dice: Dice): Promise<HostilePicture> {
  const frames = await Promise.all([1, 2, 3].map(() => noise(dice, 12, 12, 3).png().toBuffer()))
  const image = sharp(frames, { join: { animated: true } })
  return { extension: format, bytes: await image.toFormat(format).toBuffer() }
}

/** Sides that a header may promise. */
const SIDES = [0, 1, 2, 7, 0xff, 0x3fff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0xffffffff]

/** The file with other sides in its header, checksums made right; as it was where the format has none at a fixed place. */
export function promising(picture: HostilePicture, width: number, height: number): Buffer {
  const bytes = Buffer.from(picture.bytes)
  if (picture.extension === 'png') {
    bytes.writeUInt32BE(width >>> 0, 16)
    bytes.writeUInt32BE(height >>> 0, 20)
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29)
  } else if (picture.extension === 'gif') {
    bytes.writeUInt16LE(width & 0xffff, 6)
    bytes.writeUInt16LE(height & 0xffff, 8)
  } else if (picture.extension === 'jpg') {
    const frame = bytes.findIndex((byte, i) => byte === 0xff && /c[012]/.test(hex(bytes[i + 1])))
    if (frame > 0 && frame + 9 < bytes.length) {
      bytes.writeUInt16BE(height & 0xffff, frame + 5)
      bytes.writeUInt16BE(width & 0xffff, frame + 7)
    }
  } else if (picture.extension === 'webp' && bytes.toString('latin1', 12, 16) === 'VP8X') {
    bytes.writeUIntLE(Math.max(0, width - 1) & 0xffffff, 24, 3)
    bytes.writeUIntLE(Math.max(0, height - 1) & 0xffffff, 27, 3)
  }
  return bytes
}

function hex(byte: number | undefined): string {
  return (byte ?? 0).toString(16)
}

/** Files of other kinds, under a picture's name: some that libvips would read, and run, if it were let. */
const FOREIGN: readonly Buffer[] = [
  '',
  'words',
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/passwd"/></svg>',
  '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>',
  `<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"><rect width="9"/></svg>`,
  '%PDF-1.4\n1 0 obj\n<<>>\nendobj',
  'P6\n4000000 4000000\n255\n',
  '#!/bin/sh\nexit 1\n',
  '#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n',
  'SIMPLE  =                    T',
  'BM\x36\x00\x00\x00',
  '\x89PNG\r\n\x1a\n',
  '\xff\xd8\xff',
  'GIF89a<svg xmlns="http://www.w3.org/2000/svg"/>',
  'RIFF\xff\xff\xff\xffWEBPVP8X',
  'II*\0\x08\0\0\0\xff\xff',
  'MM\0+\0\x08\0\0',
  '\0\0\0\x18ftypavif',
].map((text) => Buffer.from(text, 'latin1'))

/** The hostile pictures of a seed, one after the other without end. */
export class HostilePictures {
  readonly #sound: readonly HostilePicture[]
  readonly #dice: Dice

  constructor(sound: readonly HostilePicture[], seed: number) {
    this.#sound = sound
    this.#dice = new Dice(seed)
  }

  next(): HostilePicture {
    const dice = this.#dice
    const picture = dice.one(this.#sound)
    const kind = dice.share()
    const bytes =
      kind < 0.04
        ? dice.one(FOREIGN)
        : kind < 0.07
          ? Buffer.concat([picture.bytes.subarray(0, 16), dice.bytes(dice.below(2000))])
          : kind < 0.2
            ? promising(picture, dice.one(SIDES), dice.one(SIDES))
            : kind < 0.25
              ? this.#spliced(picture)
              : kind < 0.28
                ? picture.bytes
                : spoilt(picture.bytes, dice)
    const extension = dice.share() < 0.8 ? picture.extension : dice.one(EXTENSIONS)
    return { extension, bytes }
  }

  /** The beginning of one file and the end of another. */
  #spliced({ bytes }: HostilePicture): Buffer {
    const other = this.#dice.one(this.#sound).bytes
    const [to, from] = [this.#dice.below(bytes.length), this.#dice.below(other.length)]
    return Buffer.concat([bytes.subarray(0, to), other.subarray(from)])
  }
}
