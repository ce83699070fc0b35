import type { RunSummary } from '../../shared/domain/run'
import type { Mosaic } from '../../shared/domain/trainEvent'
import type { MosaicEntry } from '../../shared/domain/mosaicHistory'
import type { Library } from '../bridge'
import { EMPTY_FOLD, foldEvents } from './runFold'
import type { SeriesPoint } from './series'
import { settingsDiff } from './settingsDiff'

/** Events asked for at once. */
const PAGE = 1000
/** Mosaics kept decoded: a few of each run. */
const MOST_MOSAICS = 40
/** The slider must rest for so long before pictures are asked for. */
const SETTLE_MS = 50

/** What is known of one of the compared runs. */
export type ComparedRun = {
  summary: RunSummary
  points: SeriesPoint[]
  mosaics: MosaicEntry[]
}

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
  shown: (Mosaic | null)[] = $state.raw([])
  onlyDifferences = $state(true)
  readonly #library: Library
  readonly #mosaics = new Map<string, Mosaic>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #wanted = 0

  constructor(library: Library, runIds: readonly string[]) {
    this.#library = library
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
      this.error = error instanceof Error ? error.message : `${error}`
    }
  }

  /** Moves to the pictures after so many images. */
  moveTo(images: number): void {
    this.images = images
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#show().catch((error: unknown) => {
        this.error = error instanceof Error ? error.message : `${error}`
      })
    }, SETTLE_MS)
  }

  /** Stops what is still to come. */
  close(): void {
    clearTimeout(this.#timer)
    this.#wanted++
  }

  async #show(): Promise<void> {
    const wanted = ++this.#wanted
    const shown = await Promise.all(
      (this.runs ?? []).map(async ({ summary, mosaics }) => {
        const info = mosaicAt(mosaics, this.images)
        return info === null ? null : this.#mosaic(summary.id, info.seq)
      }),
    )
    if (wanted === this.#wanted) this.shown = shown
  }

  async #mosaic(runId: string, seq: number): Promise<Mosaic> {
    const key = `${runId} ${seq}`
    const known = this.#mosaics.get(key)
    if (known !== undefined) return known
    const mosaic = await this.#library.client.mosaic({ runId, seq })
    this.#mosaics.set(key, mosaic)
    const [oldest] = this.#mosaics.keys()
    if (this.#mosaics.size > MOST_MOSAICS && oldest !== undefined) this.#mosaics.delete(oldest)
    return mosaic
  }

  async #read(runId: string): Promise<ComparedRun> {
    const { client } = this.#library
    const [summary, mosaics] = await Promise.all([
      client.getRun({ runId }),
      client.mosaicList({ runId }),
    ])
    let fold = EMPTY_FOLD
    for (;;) {
      const events = await client.runEvents({ runId, afterSeq: fold.seq, limit: PAGE })
      if (events.length === 0) break
      fold = foldEvents(fold, events)
    }
    return { summary, points: fold.points, mosaics }
  }
}
