import type { Resolution } from '../../shared/domain/resolution'
import type { Nearest } from '../../shared/protocol/gallery'
import type { DatasetFile } from '../store/datasetFile'
import type { Pixels } from '../pictures/encode'

/** Pictures are compared at this size at most: enough to see what they show, little enough to read them all. */
const MOST_COMPARED: Resolution = 32
/** Pictures read between two turns of the event loop. */
const READ_AT_ONCE = 512

type Found = { number: number; distance: number; mirrored: boolean }

/**
 * The pictures of a dataset nearest to `sample`, a square picture, by the root mean square difference over pixels and
 * channels: on the dataset's level of the sample's size, or at 32 pixels where that is smaller (a box average of the
 * sample). With `mirror`, pictures count by their mirror image where that lies nearer. Gives the event loop turns, and
 * throws the signal's reason once it is aborted.
 */
export async function nearestPictures(
  dataset: DatasetFile,
  sample: Pixels,
  options: { count: number; mirror: boolean; pictures: number | null; signal?: AbortSignal },
): Promise<Nearest> {
  const resolution = sample.width as Resolution
  const comparedAt = Math.min(resolution, MOST_COMPARED) as Resolution
  const { channels } = sample
  const wanted = [shrunk(sample, comparedAt)]
  if (options.mirror) wanted.push(mirrored(wanted[0]!, comparedAt, channels))
  // Read from the file as they are needed: a look at all must not hold all in memory.
  const level = dataset.openLevel(comparedAt, 0)
  const total = Math.min(level.count, options.pictures ?? level.count)
  const size = comparedAt ** 2 * channels
  let nearest: Found[] = []
  for (let from = 0; from < total; from += READ_AT_ONCE) {
    options.signal?.throwIfAborted()
    const numbers = Uint32Array.from(
      { length: Math.min(READ_AT_ONCE, total - from) },
      (_, i) => from + i,
    )
    const pixels = new Uint8Array(numbers.length * size)
    level.read(numbers, pixels)
    const found = [...numbers].map((number, i): Found => {
      const picture = pixels.subarray(i * size, (i + 1) * size)
      const [plain, turned = Infinity] = wanted.map((each) => difference(each, picture))
      return { number, distance: Math.min(plain!, turned), mirrored: turned < plain! }
    })
    nearest = [...nearest, ...found].sort((a, b) => a.distance - b.distance).slice(0, options.count)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const full = dataset.openLevel(resolution, 0)
  const pictures = nearest.map((found) => {
    const pixels = new Uint8Array(resolution ** 2 * channels)
    full.read(Uint32Array.of(found.number), pixels)
    return { ...found, path: dataset.pathOf(found.number), pixels }
  })
  return { comparedAt, count: total, resolution, channels, pictures }
}

/** Root mean square difference of two pictures in levels. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return Math.sqrt(sum / a.length)
}

/** The picture at a smaller side, a power of two below its own, by averages of boxes. */
function shrunk({ pixels, width, channels }: Pixels, side: number): Float32Array {
  const box = width / side
  const out = new Float32Array(side * side * channels)
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const to = (Math.floor(y / box) * side + Math.floor(x / box)) * channels
      for (let c = 0; c < channels; c++) {
        out[to + c]! += pixels[(y * width + x) * channels + c]! / box ** 2
      }
    }
  }
  return out
}

function mirrored(values: Float32Array, side: number, channels: number): Float32Array {
  return values.map((_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels]
    const x = pixel % side
    return values[(pixel - x + (side - 1 - x)) * channels + channel]!
  })
}
