import type { MosaicEntry } from '../../shared/domain/mosaicHistory'
import type { Mosaic } from '../../shared/domain/trainEvent'
import type { Library } from '../bridge'
import { FrameCache } from './frameCache'
import { MOST_PIXELS, type FrameDecoder } from './frameDecoder'
import { FrameLoader } from './frameLoader'
import { nearestImages, nearestIndex, wantedAround } from './frameOrder'

/** Pixels of a mosaic while one looks through many: a 64 px run's are shown whole, larger ones smaller. */
const PREVIEW_PIXELS = 1 << 18
/** Pixels of all previews that are kept, four bytes each. */
const CACHED_PIXELS = 20_000_000
/** Standing still for so long, a mosaic is shown in full. */
const SETTLED_MS = 250
/** A film strip's pictures: side in pixels at most, and how many are kept. */
const STRIP_SIDE = 128
const STRIP_CACHED_PIXELS = 1200 * STRIP_SIDE * STRIP_SIDE
/** Few pictures an answer: one of many megabytes would hold the page up while it is taken in. */
const PAGE = 4
const AT_ONCE = 4

/** Mosaics shown a second while playing. */
export const PLAY_SPEEDS = [4, 12, 30] as const
/** One of {@link PLAY_SPEEDS}. */
export type PlaySpeed = (typeof PLAY_SPEEDS)[number]

/** A mosaic and its pixels, which may be fewer than it has. */
export type ShownMosaic = { entry: MosaicEntry; bitmap: ImageBitmap }

/** How a person wants mosaics drawn. */
export class MosaicLook {
  /** Columns shown; null shows all. */
  columns: number | null = $state(null)
  /** Screen pixels of a pixel's side; null fills the room. */
  zoom: number | null = $state(null)
}

/** All mosaics of a run: which one is looked at, and the pictures around it. */
export class MosaicHistory {
  /** Oldest first. */
  entries: MosaicEntry[] = $state.raw([])
  /** What is looked at; null follows the newest. */
  index: number | null = $state(null)
  playing = $state(false)
  speed: PlaySpeed = $state(12)
  /** The tile whose film strip is shown, counted row by row. */
  tile: number | null = $state(null)
  /** Grows when pictures come, for what reads them from the caches. */
  loaded = $state(0)
  readonly #library: Library
  readonly #decoder: FrameDecoder
  readonly #runId: string
  readonly #onerror: (error: unknown) => void
  readonly #cache = new FrameCache<ImageBitmap>(CACHED_PIXELS)
  readonly #loader: FrameLoader<ImageBitmap>
  readonly #stripCache = new FrameCache<ImageBitmap>(STRIP_CACHED_PIXELS)
  #stripLoader: FrameLoader<ImageBitmap> | null = null
  #full: { seq: number; bitmap: ImageBitmap } | null = $state.raw(null)
  #last: ShownMosaic | null = null
  #settling: ReturnType<typeof setTimeout> | undefined
  #direction: 1 | -1 = -1
  #due = 0
  #reading = 0

  constructor(
    library: Library,
    decoder: FrameDecoder,
    runId: string,
    onerror: (error: unknown) => void,
  ) {
    this.#library = library
    this.#decoder = decoder
    this.#runId = runId
    this.#onerror = (error) => {
      this.playing = false
      onerror(error)
    }
    this.#loader = this.#makeLoader(this.#cache, null, PREVIEW_PIXELS)
  }

  /** Where in {@link entries} one looks; -1 before the first. */
  readonly position = $derived(
    this.index === null ? this.entries.length - 1 : Math.min(this.index, this.entries.length - 1),
  )
  readonly entry = $derived(this.entries[this.position] ?? null)
  readonly live = $derived(this.index === null)

  /** The mosaic at hand, or the nearest one that is here already while it is loading. */
  readonly shown: ShownMosaic | null = $derived.by(() => {
    void this.loaded
    const { entry } = this
    if (entry === null) return null
    if (this.#full?.seq === entry.seq) return this.#same(entry, this.#full.bitmap)
    const has = (index: number) => this.#cache.has(this.entries[index]!.seq)
    const nearest = nearestIndex(this.position, this.entries.length, has)
    if (nearest === null) return null
    const found = this.entries[nearest]!
    this.#cache.hold(found.seq)
    return this.#same(found, this.#cache.get(found.seq)!)
  })

  /** Reads which mosaics there are. */
  async read(): Promise<void> {
    const reading = ++this.#reading
    const entries = await this.#library.client.mosaicList({ runId: this.#runId })
    if (reading !== this.#reading) return
    const looked = this.index === null ? null : this.entry
    // One that was drawn while the list was on its way.
    const newer = this.entries.filter(({ seq }) => seq > (entries.at(-1)?.seq ?? 0))
    this.entries = [...entries, ...newer]
    if (looked !== null) this.index = nearestImages(this.entries, looked.imagesSeen)
    this.#want()
  }

  /** Takes a mosaic that was just drawn. */
  async add(seq: number, at: number, mosaic: Mosaic): Promise<void> {
    const { imagesSeen, resolution, alpha, columns, rows, interim = false } = mosaic
    const size = { width: columns * resolution, height: rows * resolution }
    this.#cache.put(seq, await this.#decoder.webp(mosaic.webp, size))
    this.loaded++
    const last = this.entries.at(-1)
    if (last !== undefined && last.seq >= seq) return
    // Training went back to a checkpoint: what was drawn since no longer counts.
    if (last !== undefined && last.imagesSeen > imagesSeen) return this.read()
    const entry = { seq, at, imagesSeen, resolution, alpha, columns, rows, interim }
    const before = last?.interim ? this.entries.slice(0, -1) : this.entries
    this.entries = [...before, entry]
    if (this.index !== null && this.index >= before.length) this.index = before.length
  }

  /** Looks at one mosaic. */
  show(index: number): void {
    const to = Math.min(Math.max(0, index), this.entries.length - 1)
    if (to !== this.position) this.#direction = to > this.position ? 1 : -1
    this.index = to
    this.#want()
  }

  /** Goes back to the newest, and stays with it. */
  follow(): void {
    this.playing = false
    this.index = null
    this.#want()
  }

  /** Plays from where one looks, or from the beginning when that is the end. */
  play(): void {
    this.#due = 0
    this.#direction = 1
    if (this.position >= this.entries.length - 1) this.show(0)
    this.playing = true
  }

  pause(): void {
    this.playing = false
  }

  /** Goes on playing for `ms` milliseconds; waits for pictures that are not here yet. Stops at the newest. */
  advance(ms: number): void {
    if (!this.playing) return
    this.#due = Math.min(this.#due + (ms * this.speed) / 1000, 4)
    while (this.#due >= 1) {
      const next = this.entries[this.position + 1]
      if (next === undefined) return this.follow()
      if (!this.#cache.has(next.seq) && !this.#loader.isMissing(next.seq)) return this.#want()
      this.#due--
      this.show(this.position + 1)
    }
  }

  /** Shows one picture through all mosaics; null closes the strip. */
  openStrip(tile: number | null): void {
    this.#stripLoader?.close()
    this.#stripLoader =
      tile === null ? null : this.#makeLoader(this.#stripCache, tile, STRIP_SIDE ** 2)
    this.tile = tile
  }

  /** The strip's pictures from `first` to `last`, null for those that are on their way. */
  stripPictures(first: number, last: number): (ImageBitmap | null)[] {
    const seqs = this.entries.slice(first, last + 1).map(({ seq }) => seq)
    this.#stripLoader?.want(seqs)
    return seqs.map((seq) => this.#stripCache.get(seq))
  }

  /** The mosaic drawn nearest to `imagesSeen`, asked for where it is not here; null until it is. */
  nearest(imagesSeen: number): ShownMosaic | null {
    void this.loaded
    const index = nearestImages(this.entries, imagesSeen)
    if (index === null) return null
    const entry = this.entries[index]!
    const bitmap = this.#cache.get(entry.seq)
    if (bitmap !== null) return { entry, bitmap }
    this.#loader.want([entry.seq])
    return null
  }

  close(): void {
    this.playing = false
    clearTimeout(this.#settling)
    this.#reading++
    this.#loader.close()
    this.#stripLoader?.close()
    this.#full?.bitmap.close()
  }

  /** The same answer as before while nothing changed, so that nothing is drawn again. */
  #same(entry: MosaicEntry, bitmap: ImageBitmap): ShownMosaic {
    if (this.#last?.entry !== entry || this.#last.bitmap !== bitmap) this.#last = { entry, bitmap }
    return this.#last
  }

  #want(): void {
    const { position, entries } = this
    clearTimeout(this.#settling)
    if (position < 0) return
    const wanted = this.live ? [position] : wantedAround(position, entries.length, this.#direction)
    this.#loader.want(wanted.map((index) => entries[index]!.seq))
    const { seq, columns, rows, resolution } = entries[position]!
    const pixels = columns * rows * resolution ** 2
    if (pixels <= PREVIEW_PIXELS || this.playing || this.#full?.seq === seq) return
    this.#settling = setTimeout(() => void this.#showFull(seq), SETTLED_MS)
  }

  async #showFull(seq: number): Promise<void> {
    try {
      const found = await this.#fetch([seq], null, MOST_PIXELS)
      const bitmap = found.get(seq)
      if (bitmap === undefined) return
      if (this.entry?.seq !== seq) return bitmap.close()
      const before = this.#full
      this.#full = { seq, bitmap }
      before?.bitmap.close()
    } catch (error) {
      this.#onerror(error)
    }
  }

  #makeLoader(cache: FrameCache<ImageBitmap>, tile: number | null, maxPixels: number) {
    return new FrameLoader<ImageBitmap>({
      cache,
      fetch: (seqs) => this.#fetch(seqs, tile, maxPixels),
      page: PAGE,
      atOnce: AT_ONCE,
      onload: () => this.loaded++,
      onerror: this.#onerror,
    })
  }

  async #fetch(seqs: readonly number[], tile: number | null, maxPixels: number) {
    const asked = { runId: this.#runId, seqs: [...seqs], tile, maxPixels }
    const frames = await this.#library.client.mosaicFrames(asked)
    const decoded = frames.map(
      async ({ seq, frame }) => [seq, await this.#decoder.frame(frame)] as const,
    )
    return new Map(await Promise.all(decoded))
  }
}
