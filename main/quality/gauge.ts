import { cutNeighbourhoods, descriptorSize, NEIGHBOURHOOD, normaliseChannels } from './descriptors'
import { laplacianPyramid, levelSides } from './pyramid'
import { slicedDistance, sortedProjections, unitDirections } from './slicedDistance'

/** Random directions, as in the paper (section 5). */
export const DIRECTIONS = 512
/** Neighbourhoods of a picture at one level: few enough that a CPU is done in a second or so; the paper has 128. */
const MOST_PER_PICTURE = 32
const LEAST_PER_PICTURE = 4
/** Beyond so many descriptors of a level in all, pictures give fewer. */
const MOST_DESCRIPTORS = 1 << 15

/** Random numbers by purpose; the same purpose always gets the same ones. */
export type RandomNumbers = (purpose: string) => {
  normals(count: number): ArrayLike<number>
  int(n: number): number
}

/** What is measured: pictures [count, resolution, resolution, channels]. */
export type GaugeShape = { resolution: number; channels: number; pictures: number }

/** One level's choices, the same for both sets of pictures. */
export type GaugeLevel = {
  side: number
  /** Upper left pixels of each picture's neighbourhoods, x and y: [pictures, perPicture, 2]. */
  corners: Uint16Array
  /** [DIRECTIONS, descriptorSize] */
  directions: Float64Array
}

/** Sorted projections of a set of pictures, level by level, finest first. */
export type Projections = readonly Float32Array[]

/** Neighbourhoods taken of each picture when there are so many of these. */
export function perPicture(pictures: number): number {
  const fitting = Math.floor(MOST_DESCRIPTORS / pictures)
  return Math.max(LEAST_PER_PICTURE, Math.min(MOST_PER_PICTURE, fitting))
}

/** The levels for pictures of a shape, with neighbourhoods and directions drawn from `random`. */
export function drawLevels(shape: GaugeShape, random: RandomNumbers): GaugeLevel[] {
  const size = descriptorSize(shape.channels)
  return levelSides(shape.resolution).map((side) => {
    const places = random(`corners/${side}`)
    const corners = new Uint16Array(2 * shape.pictures * perPicture(shape.pictures))
    for (let i = 0; i < corners.length; i++) corners[i] = places.int(side - NEIGHBOURHOOD + 1)
    const normals = random(`directions/${side}`).normals(DIRECTIONS * size)
    return { side, corners, directions: unitDirections(normals, size) }
  })
}

/**
 * Measures how far two sets of pictures are apart: the sliced Wasserstein distance of neighbourhoods on the levels of a
 * Laplacian pyramid, averaged over the levels (section 5 of the paper). What is random in it is the same for both sets.
 */
export class Gauge {
  readonly shape: GaugeShape
  readonly #levels: readonly GaugeLevel[]

  constructor(shape: GaugeShape, levels: readonly GaugeLevel[]) {
    this.shape = shape
    this.#levels = levels
  }

  /** Begins to take a set of pictures in. */
  gather(): Gathering {
    return new Gathering(this.shape, this.#levels)
  }

  /** The distance of two sets, at least 0; the paper prints it times a thousand. */
  static distance(a: Projections, b: Projections): number {
    return a.reduce((sum, level, i) => sum + slicedDistance(level, b[i]!), 0) / a.length
  }
}

/** A set of pictures on its way through a {@link Gauge}: only their descriptors are kept. */
export class Gathering {
  readonly #shape: GaugeShape
  readonly #levels: readonly GaugeLevel[]
  readonly #descriptors: Float64Array[]
  #count = 0

  constructor(shape: GaugeShape, levels: readonly GaugeLevel[]) {
    const size = descriptorSize(shape.channels)
    this.#shape = shape
    this.#levels = levels
    this.#descriptors = levels.map(({ corners }) => new Float64Array((corners.length / 2) * size))
  }

  /** Takes the next pictures: bytes, rows of pixels of interleaved channels. Throws a RangeError beyond those expected. */
  add(pixels: Uint8Array): void {
    const { resolution, channels, pictures } = this.#shape
    const size = resolution * resolution * channels
    const count = pixels.length / size
    if (!Number.isInteger(count) || this.#count + count > pictures) {
      throw new RangeError(`${pixels.length} bytes are not the next of ${pictures} pictures.`)
    }
    for (let i = 0; i < count; i++) this.#addOne(pixels.subarray(i * size, (i + 1) * size))
  }

  /** The set's projections, once all pictures are there. */
  projections(): Projections {
    const { channels, pictures } = this.#shape
    if (this.#count !== pictures) {
      throw new RangeError(`Only ${this.#count} of ${pictures} pictures were given.`)
    }
    return this.#descriptors.map((descriptors, i) => {
      normaliseChannels(descriptors, channels)
      const { directions } = this.#levels[i]!
      return sortedProjections(descriptors, directions, descriptorSize(channels))
    })
  }

  #addOne(pixels: Uint8Array): void {
    const { resolution, channels, pictures } = this.#shape
    const picture = Float32Array.from(pixels, (byte) => byte / 127.5 - 1)
    laplacianPyramid(picture, resolution, channels).forEach((level, i) => {
      const { side, corners } = this.#levels[i]!
      const each = corners.length / pictures
      const own = corners.subarray(this.#count * each, (this.#count + 1) * each)
      const size = (each / 2) * descriptorSize(channels)
      const into = this.#descriptors[i]!.subarray(this.#count * size, (this.#count + 1) * size)
      cutNeighbourhoods(level, { side, channels }, own, into)
    })
    this.#count++
  }
}
