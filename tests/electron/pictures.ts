import sharp from 'sharp'

/** What tells a sheet of pictures from noise and from nothing. Levels run from 0 to 255. */
export type PictureMeasures = {
  /** Whole pictures on the sheet, without cells that are empty. */
  pictures: number
  /** Pearson correlation of a pixel's level with its right neighbour's, inside pictures; near 0 for noise. */
  neighbourCorrelation: number
  /** Standard deviation of the levels inside a picture, on average. */
  contrast: number
  /** Distinct colours at 8 levels per channel. */
  colours: number
  /** Mean absolute difference of levels between a picture and the one after it. */
  differenceBetweenPictures: number
}

/** Reads a PNG sheet of square pictures, `size` pixels wide each, set on a grid without gaps. */
export async function measurePictures(file: string, size: number): Promise<PictureMeasures> {
  const { data, info } = await sharp(file)
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  if (width % size !== 0 || height % size !== 0) {
    throw new Error(`${file} is ${width} x ${height} pixels, no grid of ${size}-pixel pictures.`)
  }
  const pictures: Float64Array[] = []
  for (let top = 0; top < height; top += size) {
    for (let left = 0; left < width; left += size) {
      const picture = Float64Array.from({ length: size * size * channels }, (_, i) => {
        const pixel = Math.floor(i / channels)
        const at = (top + Math.floor(pixel / size)) * width + left + (pixel % size)
        return data[at * channels + (i % channels)]!
      })
      if (new Set(picture).size > 1) pictures.push(picture)
    }
  }
  const step = channels
  const pairs = pictures.flatMap((picture) =>
    [...picture.keys()]
      .filter((i) => Math.floor(i / step) % size < size - 1)
      .map((i) => [picture[i]!, picture[i + step]!] as const),
  )
  return {
    pictures: pictures.length,
    neighbourCorrelation: correlation(pairs),
    contrast: mean(pictures.map(deviation)),
    colours: countColours(data, channels),
    differenceBetweenPictures: mean(
      pictures
        .slice(1)
        .map((picture, i) => mean([...picture].map((v, k) => Math.abs(v - pictures[i]![k]!)))),
    ),
  }
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

function deviation(values: Float64Array): number {
  const centre = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)))
}

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const left = Float64Array.from(pairs, ([a]) => a)
  const right = Float64Array.from(pairs, ([, b]) => b)
  const [a, b] = [mean(left), mean(right)]
  return (
    mean(left.map((value, i) => (value - a) * (right[i]! - b))) /
    (deviation(left) * deviation(right))
  )
}

function countColours(data: Uint8Array, channels: number): number {
  const colours = new Set<string>()
  for (let i = 0; i < data.length; i += channels) {
    colours.add([...data.subarray(i, i + channels)].map((level) => level >> 5).join(','))
  }
  return colours.size
}
