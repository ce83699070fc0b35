import type { Frame } from '../../shared/domain/mosaicHistory'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { positionAt, type Position } from '../../shared/schedule'
import { tileBytes } from '../pictures/encode'
import { fadeBytes } from '../pictures/fadeReals'
import { pixelFrame } from '../pictures/frames'
import type { DatasetFile } from '../store/datasetFile'

/** A mosaic's grid; `rowClasses` has each row's class by number in a run with classes. */
export type RealsGrid = { columns: number; rows: number; rowClasses: readonly number[] | null }

/** Most pixels of one grid, which are all in memory at once. */
const MOST_PIXELS = 2 ** 27

/** Real pictures in a grid, as the discriminator saw them after `imagesSeen` images of a run with these settings. */
export function drawReals(
  dataset: DatasetFile,
  config: TrainConfig,
  imagesSeen: number,
  grid: RealsGrid,
  maxPixels: number,
): Promise<Frame> {
  const position = positionAt(config, imagesSeen)
  const { resolution, phase, alpha } = position
  const size = grid.columns * grid.rows * resolution ** 2
  if (size > MOST_PIXELS) throw new RangeError(`${size} pixels of real pictures are too many.`)
  const { channels } = config
  const pictures = chooseReals(dataset, config, grid)
  const pixels = readReals(dataset, position, pictures)
  const seen = phase === 'fade' ? fadeBytes(pixels, { resolution, channels }, alpha) : pixels
  return pixelFrame(tileBytes(seen, { resolution, channels, columns: grid.columns }), maxPixels)
}

/** Always the same pictures of those trained on, spread evenly over them; by class where rows have classes. */
export function chooseReals(
  dataset: DatasetFile,
  { pictures }: Pick<TrainConfig, 'pictures'>,
  { columns, rows, rowClasses }: RealsGrid,
): Uint32Array {
  const labels = dataset.labels()
  const count = Math.min(pictures ?? labels.length, labels.length)
  const all = Uint32Array.from({ length: count }, (_, i) => i)
  if (rowClasses === null) return spread(all, columns * rows)
  const chosen = new Uint32Array(columns * rows)
  for (const label of new Set(rowClasses)) {
    const own = rowClasses.flatMap((each, row) => (each === label ? [row] : []))
    const some = spread(
      all.filter((picture) => labels[picture] === label),
      columns * own.length,
    )
    own.forEach((row, i) =>
      chosen.set(some.subarray(i * columns, (i + 1) * columns), row * columns),
    )
  }
  return chosen
}

/** `count` of `from` (at least one), evenly spread; some come again when there are fewer. */
function spread(from: Uint32Array, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => {
    const at = from.length >= count ? Math.floor((i * from.length) / count) : i % from.length
    return from[at]!
  })
}

/** Pixels of the pictures at a position's resolution, one after the other, without reading all others. */
export function readReals(
  dataset: DatasetFile,
  { resolution }: Pick<Position, 'resolution'>,
  pictures: Uint32Array,
): Uint8Array {
  const level = dataset.openLevel(resolution, 0)
  const pixels = new Uint8Array(pictures.length * resolution * resolution * level.channels)
  level.read(pictures, pixels)
  return pixels
}
