import type { CurveStretch } from '../../shared/domain/curve'
import { qualityCurve } from '../../shared/domain/quality'
import type { RunSummary } from '../../shared/domain/run'
import type { MosaicEntry } from '../../shared/domain/mosaicHistory'
import type { Library } from '../bridge'
import type { FrameDecoder } from './frameDecoder'
import { settingsDiff } from './settingsDiff'
import { errorWords } from './problemWords'

/** Most stretches of one run's curve: about as many as the chart has pixels. */
const MOST_STRETCHES = 1024
/** Pictures kept decoded: a few of each run. */
const MOST_PICTURES = 24
/** Pixels of one of four pictures side by side; larger ones come smaller. */
const MAX_PIXELS = 1 << 20
/** The slider must rest for so long before pictures are asked for. */
const SETTLE_MS = 50

/** What is known of one of the compared runs. */
export type ComparedRun = {
  summary: RunSummary
  /** The whole of its ticks, oldest first. */
  curve: CurveStretch[]
  /** Its qualities, oldest first. */
  qualities: CurveStretch[]
  mosaics: MosaicEntry[]
}

/** A run's pictures at some moment. */
export type ComparedPicture = { entry: MosaicEntry; bitmap: ImageBitmap }

/** The newest mosaic at or before `images`, or the oldest there is; null where there are none. */
export function mosaicAt(mosaics: readonly MosaicEntry[], images: number): MosaicEntry | null {
  return mosaics.filter(({ imagesSeen }) => imagesSeen <= images).at(-1) ?? mosaics[0] ?? null
}

/** Several runs side by side: their curves, their pictures after equally many images, their settings. */
export class Comparison {
  readonly runIds: readonly string[]
  runs: ComparedRun[] | null = $state.raw(null)
  error: string | null = $state(null)
  /** The images seen whose pictures are shown. */
  images = $state(0)
  /** The pictures on the screen, by run; those wanted follow a moment later. */
  shown: (ComparedPicture | null)[] = $state.raw([])
  onlyDifferences = $state(true)
  readonly #library: Library
  readonly #decoder: FrameDecoder
  readonly #pictures = new Map<string, ComparedPicture>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #wanted = 0

  constructor(library: Library, decoder: FrameDecoder, runIds: readonly string[]) {
    this.#library = library
    this.#decoder = decoder
    this.runIds = runIds
  }

  readonly settings = $derived.by(() => {
    const rows = settingsDiff((this.runs ?? []).map(({ summary }) => summary))
    return this.onlyDifferences ? rows.filter(({ differs }) => differs) : rows
  })
  /** Every number of images at which some run has a mosaic, growing. */
  readonly stops = $derived.by(() => {
    const all = (this.runs ?? []).flatMap(({ mosaics }) => mosaics.map((each) => each.imagesSeen))
    return [...new Set(all)].sort((a, b) => a - b)
  })
  /** Whether the pictures at the same place come from the same latents. */
  readonly sameLatents = $derived.by(() => {
    const keys = (this.runs ?? []).map(({ summary: { config } }) =>
      JSON.stringify([config.seed, config.latentSize, config.classes]),
    )
    return new Set(keys).size === 1
  })

  /** Reads the runs and shows the newest pictures that all of them have. */
  async load(): Promise<void> {
    try {
      this.runs = await Promise.all(this.runIds.map((runId) => this.#read(runId)))
      const last = this.runs.map(({ mosaics }) => mosaics.at(-1)?.imagesSeen ?? Infinity)
      const common = Math.min(...last)
      this.images = Number.isFinite(common) ? common : (this.stops.at(-1) ?? 0)
      await this.#show()
    } catch (error) {
      this.error = errorWords(error)
    }
  }

  /** Moves to the pictures after so many images. */
  moveTo(images: number): void {
    this.images = images
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#show().catch((error: unknown) => {
        this.error = errorWords(error)
      })
    }, SETTLE_MS)
  }

  /** Stops what is still to come. */
  close(): void {
    clearTimeout(this.#timer)
    this.#wanted++
    for (const { bitmap } of this.#pictures.values()) bitmap.close()
    this.#pictures.clear()
  }

  async #show(): Promise<void> {
    const wanted = ++this.#wanted
    const shown = await Promise.all(
      (this.runs ?? []).map(async ({ summary, mosaics }) => {
        const info = mosaicAt(mosaics, this.images)
        return info === null ? null : this.#picture(summary.id, info)
      }),
    )
    if (wanted === this.#wanted) this.shown = shown
  }

  /** Null when the mosaic is gone meanwhile. */
  async #picture(runId: string, entry: MosaicEntry): Promise<ComparedPicture | null> {
    const key = `${runId} ${entry.seq}`
    let picture = this.#pictures.get(key)
    if (picture === undefined) {
      const asked = { runId, seqs: [entry.seq], tile: null, maxPixels: MAX_PIXELS }
      const [found] = await this.#library.client.mosaicFrames(asked)
      if (found === undefined) return null
      picture = { entry, bitmap: await this.#decoder.frame(found.frame) }
    }
    // Last again, so that the one let go of is the one that was not looked at for longest.
    this.#pictures.delete(key)
    this.#pictures.set(key, picture)
    const [oldest] = this.#pictures.keys()
    if (this.#pictures.size > MOST_PICTURES && oldest !== undefined) {
      this.#pictures.get(oldest)!.bitmap.close()
      this.#pictures.delete(oldest)
    }
    return picture
  }

  async #read(runId: string): Promise<ComparedRun> {
    const { client } = this.#library
    const [summary, mosaics, points] = await Promise.all([
      client.getRun({ runId }),
      client.mosaicList({ runId }),
      client.runQuality({ runId }),
    ])
    const whole = { runId, fromImages: 0, toImages: summary.imagesSeen, most: MOST_STRETCHES }
    const qualities = qualityCurve(points)
    return { summary, curve: await client.runCurve(whole), qualities, mosaics }
  }
}
