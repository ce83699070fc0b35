import sharp from 'sharp'
import { explained } from '../../shared/domain/explanation'
import type { AnimationFormat } from '../../shared/domain/exportRequest'
import { rawImage, type Pixels } from '../pictures/encode'

/** All frames are held in memory until they are encoded together. */
const MOST_BYTES = 1 << 30
/** GIF counts time in hundredths of a second, and viewers slow down what is faster than two. */
const GIF_TICK_MS = 10
const LEAST_DELAY_MS = 20

/** A picture at about `width` pixels: enlarged by a whole number without smoothing, or shrunk. Grey becomes RGB. */
export async function fitFrame(picture: Pixels, width: number): Promise<Pixels> {
  const scale = width / picture.width
  const factor = scale >= 1 ? Math.floor(scale) : scale
  const target = {
    width: Math.max(1, Math.round(picture.width * factor)),
    height: Math.max(1, Math.round(picture.height * factor)),
  }
  const image = rawImage(picture)
    .resize(target.width, target.height, {
      kernel: factor >= 1 ? 'nearest' : 'lanczos3',
      fit: 'fill',
    })
    .toColourspace('srgb')
  const channels = picture.channels === 4 ? 4 : 3
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  if (info.channels !== channels) {
    throw new Error(`A frame has ${info.channels} channels where ${channels} are due.`)
  }
  return { pixels: data, ...target, channels }
}

/** Gathers frames of one size and encodes them as a moving picture that repeats. */
export class Animation {
  readonly #count: number
  #frames: Uint8Array | null = null
  #shape: Omit<Pixels, 'pixels'> | null = null
  readonly #delays: number[] = []

  /** For exactly `count` frames. */
  constructor(count: number) {
    this.#count = count
  }

  /** Adds the next frame, shown for `delayMs`. Throws when it has another size than the first, or all would not fit. */
  add({ pixels, ...shape }: Pixels, delayMs: number): void {
    const size = shape.width * shape.height * shape.channels
    if (this.#shape === null) {
      if (size * this.#count > MOST_BYTES) {
        const { width, height } = shape
        throw explained('frames_too_many', { count: this.#count, width, height })
      }
      this.#shape = shape
      this.#frames = new Uint8Array(size * this.#count)
    } else if (shape.width !== this.#shape.width || shape.height !== this.#shape.height) {
      throw new Error(
        `A frame has ${shape.width} by ${shape.height} pixels, unlike those before it.`,
      )
    }
    this.#frames!.set(pixels, size * this.#delays.length)
    this.#delays.push(delayMs)
  }

  /**
   * The file's bytes. WebP keeps every pixel as it is. Aborted, it throws at once: the encoder itself cannot be stopped,
   * but what it comes to is dropped.
   */
  async encode(format: AnimationFormat, signal?: AbortSignal): Promise<Uint8Array> {
    const shape = this.#shape
    if (shape === null || this.#delays.length !== this.#count) {
      throw new Error(`${this.#delays.length} of ${this.#count} frames are there.`)
    }
    const { width, height, channels } = shape
    const raw = { width, height: height * this.#count, channels, pageHeight: height }
    const image = sharp(this.#frames!, { raw, limitInputPixels: false })
    const delays = this.#delays.map((delay) => delayFor(format, delay))
    const bytes =
      format === 'gif'
        ? image.gif({ delay: delays, loop: 0, keepDuplicateFrames: true }).toBuffer()
        : image.webp({ delay: delays, loop: 0, lossless: true, effort: 2 }).toBuffer()
    return signal === undefined ? bytes : unlessAborted(bytes, signal)
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function delayFor(format: AnimationFormat, delayMs: number): number {
  const delay = Math.max(LEAST_DELAY_MS, Math.round(delayMs))
  return format === 'gif' ? Math.round(delay / GIF_TICK_MS) * GIF_TICK_MS : delay
}
