import { untrack } from 'svelte'
import type { LatentPoint, Sample } from '../../shared/domain/sample'
import type { Favourite, GalleryCheckpoint, Nearest } from '../../shared/protocol/gallery'
import type { App, GalleryPlace } from './app.svelte'
import type { RunView } from './runView.svelte'
import { SampleLoader } from './sampleLoader.svelte'
import { WalkPlayer } from './walkPlayer.svelte'

/** Sides of a tile, CSS pixels; multiples of 64, so that small pictures have whole squares for their pixels. */
export const TILE_SIDES = [64, 128, 192, 256] as const
/** Real pictures shown beside a sample. */
const NEAREST_SHOWN = 5
/** A moved slider is followed after this long at rest. */
const SETTLE_MS = 90

/** What the search for real pictures found for a sample. */
export type NearestFound = { of: string; found: Nearest }

/** One run's samples by seed, its favourites, and walks between them. */
export class Gallery {
  readonly view: RunView
  readonly loader: SampleLoader
  readonly walk: WalkPlayer
  /** Newest first; null until the first answer. */
  checkpoints: GalleryCheckpoint[] | null = $state.raw(null)
  /** Null follows the newest. */
  chosenCheckpoint: number | null = $state(null)
  /** The class that is shown; null goes through all. */
  className: string | null = $state(null)
  truncation = $state(1)
  tileSide: number = $state(128)
  selectedSeed = $state(0)
  /** A sample to mix the selected one with, and how far towards it. */
  mixWith: Sample | null = $state.raw(null)
  mixShare = $state(0.5)
  favourites: Favourite[] = $state.raw([])
  nearest: NearestFound | null = $state.raw(null)
  searching = $state(false)
  /** The window is minimised or covered. */
  hidden = $state(false)
  readonly #app: App
  #settling: ReturnType<typeof setTimeout> | undefined

  constructor(app: App, view: RunView) {
    this.#app = app
    this.view = view
    this.loader = new SampleLoader((asked) => app.bridge.library.client.drawSamples(asked))
    this.walk = new WalkPlayer(this.loader)
  }

  readonly classes = $derived.by(() => this.view.summary.config.classes)
  readonly checkpoint = $derived.by(() => {
    const all = this.checkpoints ?? []
    return all.find(({ info }) => info.id === this.chosenCheckpoint) ?? all[0] ?? null
  })
  /** A picture that is to be shown once the checkpoints are known. */
  #awaited: GalleryPlace | null = null
  readonly selected: Sample = $derived(this.sampleOf(this.selectedSeed))
  /** What the detail shows: the selected sample, or the mix. */
  readonly shown: LatentPoint = $derived(
    this.mixWith === null
      ? pointOf(this.selected)
      : {
          kind: 'between',
          from: this.selected,
          to: this.mixWith,
          share: this.mixShare,
          path: 'spherical',
        },
  )

  /** The sample of a seed, its class written out in a run with classes. */
  sampleOf(seed: number): Sample {
    const { classes, className } = this
    if (classes === null) return { seed, className: null }
    return { seed, className: className ?? classes[seed % classes.length]! }
  }

  /** Shows a picture as it was drawn; from the newest checkpoint when its own is not kept any more. */
  goTo(place: GalleryPlace): void {
    this.selectedSeed = place.seed
    this.truncation = place.truncation
    this.mixWith = null
    if (this.classes !== null) this.className = place.className
    this.#awaited = place
    this.#findAwaited()
  }

  isFavourite({ seed, className }: Sample): boolean {
    return this.favourites.some((one) => one.seed === seed && one.className === className)
  }

  /** Asks for checkpoints and favourites. Later calls bring in newer checkpoints. */
  async refresh(): Promise<void> {
    const { client } = this.#app.bridge.library
    const runId = this.view.summary.id
    const [checkpoints, favourites] = await Promise.all([
      client.galleryCheckpoints({ runId }),
      client.favourites({ runId }),
    ])
    this.checkpoints = checkpoints
    this.#findAwaited()
    this.#setFavourites(favourites)
  }

  /**
   * Draws from what is chosen, once sliders are at rest, and nothing while nobody looks: a training shall not be slowed
   * down for a hidden window. Reads what it depends on, for an effect to follow.
   */
  follow(): void {
    const { checkpoint, truncation } = this
    const runId = this.view.summary.id
    clearTimeout(this.#settling)
    if (this.hidden) {
      untrack(() => {
        this.walk.pause()
        this.loader.setSource(null)
      })
      return
    }
    if (checkpoint === null) return
    const checkpointId = checkpoint.info.id
    this.#settling = setTimeout(
      () => this.loader.setSource({ runId, checkpointId, truncation }),
      SETTLE_MS,
    )
  }

  async toggleFavourite(sample: Sample): Promise<void> {
    const { client } = this.#app.bridge.library
    const favourite = !this.isFavourite(sample)
    const runId = this.view.summary.id
    this.#setFavourites(await client.setFavourite({ runId, sample, favourite }))
  }

  /** Takes a favourite into the walk as its last stop, or out of it. */
  toggleStop(sample: Sample): void {
    const others = this.walk.stops.filter((stop) => !isSame(stop, sample))
    const there = others.length < this.walk.stops.length
    this.walk.stops = there ? others : [...others, sample]
    this.walk.seek(0)
  }

  /** Looks for the real pictures nearest to what is shown. */
  async findNearest(): Promise<void> {
    const { checkpoint, truncation, shown } = this
    if (checkpoint === null) return
    this.searching = true
    this.nearest = null
    try {
      const found = await this.#app.bridge.library.client.nearestPictures({
        runId: this.view.summary.id,
        checkpointId: checkpoint.info.id,
        point: shown,
        truncation,
        count: NEAREST_SHOWN,
      })
      this.nearest = { of: JSON.stringify(shown), found }
    } finally {
      this.searching = false
    }
  }

  /** Stops drawing; the gallery is of no use afterwards. */
  close(): void {
    clearTimeout(this.#settling)
    this.walk.pause()
    this.loader.close()
  }

  #findAwaited(): void {
    const place = this.#awaited
    if (place === null || this.checkpoints === null) return
    this.#awaited = null
    const own = this.checkpoints.find(({ info }) => info.imagesSeen === place.imagesSeen)
    const isNewest = own === this.checkpoints[0]
    this.chosenCheckpoint = own === undefined || isNewest ? null : own.info.id
  }

  /** New favourites become stops; stops that are no favourites any more go. */
  #setFavourites(favourites: Favourite[]): void {
    const known = this.favourites
    const isNew = (one: Favourite) => !known.some((before) => isSame(before, one))
    const kept = this.walk.stops.filter((stop) => favourites.some((one) => isSame(one, stop)))
    const added = favourites
      .filter(isNew)
      .map(({ seed, className }): Sample => ({ seed, className }))
    this.favourites = favourites
    this.walk.stops = [...kept, ...added]
    const { mixWith } = this
    if (mixWith !== null && !favourites.some((one) => isSame(one, mixWith))) this.mixWith = null
  }
}

export function pointOf({ seed, className }: Sample): LatentPoint {
  return { kind: 'sample', seed, className }
}

export function isSame(a: Sample, b: Sample): boolean {
  return a.seed === b.seed && a.className === b.className
}
