import type { MosaicEntry } from '../../shared/domain/mosaicHistory'
import type { Library } from '../bridge'
import type { FrameDecoder } from './frameDecoder'

/** Pixels of a grid of real pictures; larger ones come smaller. */
const MAX_PIXELS = 1 << 20

/** Real pictures beside a mosaic: of the same resolution, as far faded in. */
export class RealPictures {
  shown = $state(false)
  /** The newest that came, which may be of the mosaic looked at before. */
  picture: { bitmap: ImageBitmap; entry: MosaicEntry } | null = $state.raw(null)
  readonly #library: Library
  readonly #decoder: FrameDecoder
  readonly #runId: string
  readonly #onerror: (error: unknown) => void
  #wanted: MosaicEntry | null = null
  #asking = false
  #closed = false

  constructor(
    library: Library,
    decoder: FrameDecoder,
    runId: string,
    onerror: (error: unknown) => void,
  ) {
    this.#library = library
    this.#decoder = decoder
    this.#runId = runId
    this.#onerror = onerror
  }

  /** Wants the pictures that belong to `entry`. One question at a time; what was wanted in between is left out. */
  want(entry: MosaicEntry): void {
    this.#wanted = entry
    if (!this.#asking) void this.#ask()
  }

  close(): void {
    this.#closed = true
    this.picture?.bitmap.close()
    this.picture = null
  }

  async #ask(): Promise<void> {
    this.#asking = true
    try {
      while (this.#wanted !== null && !this.#closed) {
        const entry = this.#wanted
        this.#wanted = null
        if (!this.#isShown(entry)) await this.#load(entry)
      }
    } catch (error) {
      this.shown = false
      this.#onerror(error)
    } finally {
      this.#asking = false
    }
  }

  async #load(entry: MosaicEntry): Promise<void> {
    const { imagesSeen, columns, rows } = entry
    const asked = { runId: this.#runId, imagesSeen, columns, rows, maxPixels: MAX_PIXELS }
    const frame = await this.#library.client.realPictures(asked)
    const bitmap = await this.#decoder.frame(frame)
    if (this.#closed) return bitmap.close()
    const before = this.picture
    this.picture = { bitmap, entry }
    before?.bitmap.close()
  }

  /** Equally faded pictures of one resolution are the same. */
  #isShown({ resolution, alpha }: MosaicEntry): boolean {
    const shown = this.picture?.entry
    return shown?.resolution === resolution && shown.alpha === alpha
  }
}
