import type { DatasetSource, SampleName, SourceScan } from '../../shared/domain/dataset'
import { classProblem } from '../../shared/domain/enoughPictures'
import { RESOLUTIONS, type Resolution } from '../../shared/domain/resolution'
import {
  AUGMENTATIONS,
  trainConfigFor,
  type LossName,
  type Preset,
  type TrainConfig,
} from '../../shared/domain/trainConfig'
import type { PrepareOptions } from '../../shared/domain/dataset'
import type { Library } from '../bridge'

/** How long a run's phases are: three ready lengths, or the person's own. */
export const SCHEDULES = ['quick', 'short', 'paper', 'custom'] as const
export type ScheduleName = (typeof SCHEDULES)[number]

/** Images per phase of a quick look: minutes on an ordinary processor. */
const QUICK_IMAGES = 4_000
/** Images per phase in the paper (section A.1). */
const PAPER_IMAGES = 600_000

/** Fewer pictures than this, which networks soon know by heart, are augmented unless the person says otherwise. */
const FEW_PICTURES = 2_000

/** Settings that a new run begins with, such as another run's; without a source, pictures are still to be chosen. */
export type RunSettings = { config: TrainConfig; source?: DatasetSource }

/** What a run is made of, as the person chooses it. */
export class NewRun {
  source: DatasetSource | null = $state.raw(null)
  scan: SourceScan | null = $state.raw(null)
  scanning = $state(false)
  scanError: string | null = $state(null)
  name = $state('')
  finalResolution: Resolution = $state(32)
  firstResolution: 4 | 8 = $state(4)
  preset: Preset = $state('tiny')
  schedule: ScheduleName = $state('quick')
  fadeImages: number | null = $state(10_000)
  stableImages: number | null = $state(10_000)
  loss: LossName = $state('wgan-gp')
  mirror = $state(false)
  /** Null augments when there are few pictures. */
  augment: boolean | null = $state(null)
  /** Whether the networks are told of the source's classes. */
  byClass = $state(false)
  crop: PrepareOptions['crop'] = $state('centre')
  /** Null takes what the scan guesses. */
  channels: 1 | 3 | 4 | null = $state(null)
  seed: number | null = $state(Math.floor(Math.random() * 2 ** 31))
  readonly #library: Library
  #scanId = 0

  constructor(library: Library, from?: RunSettings) {
    this.#library = library
    if (from !== undefined) this.take(from)
  }

  /** Takes over settings whole. */
  take({ config, source }: RunSettings): void {
    this.preset = config.preset
    this.firstResolution = config.stages[0]!.resolution === 8 ? 8 : 4
    this.finalResolution = config.stages.at(-1)!.resolution
    this.loss = config.loss
    this.mirror = config.mirror
    this.augment = config.augment.length > 0
    this.channels = config.channels
    this.seed = config.seed
    this.schedule = 'custom'
    this.fadeImages = config.stages[1]?.fadeImages ?? config.stages[0]!.stableImages
    this.stableImages = config.stages[0]!.stableImages
    if (source !== undefined) void this.choose(source)
  }

  readonly sizes = $derived(RESOLUTIONS.filter((size) => size >= 2 * this.firstResolution))
  readonly shownName = $derived(
    this.name.trim() ||
      (this.scan === null
        ? ''
        : `${this.scan.name} ${this.finalResolution}×${this.finalResolution}`),
  )

  readonly augmented = $derived(
    this.augment ?? (this.scan !== null && this.scan.files < FEW_PICTURES),
  )
  readonly hasClasses = $derived((this.scan?.classes.length ?? 0) >= 2)
  /** Whether the networks cannot be told of these classes, though the person wants it. */
  readonly badClasses = $derived(
    this.byClass && this.scan !== null && classProblem(this.scan.classes, this.scan.files) !== null,
  )

  /** The settings so far; null while something is missing or out of range. */
  readonly config: TrainConfig | null = $derived(this.#configTo(this.finalResolution))
  /** The same, grown as far as can be: what each size takes is in it. */
  readonly tallest: TrainConfig | null = $derived(this.#configTo(RESOLUTIONS.at(-1)!))

  readonly prepareOptions: PrepareOptions | null = $derived.by(() => {
    if (this.source === null || this.scan === null || this.scan.files === 0) return null
    return {
      source: this.source,
      crop: this.crop,
      channels: this.channels ?? this.scan.channels,
      finalResolution: this.finalResolution,
    }
  })

  /** Pictures that these settings need at least, when fewer were found; else null. */
  readonly missing: number | null = $derived.by(() => {
    if (this.config === null || this.prepareOptions === null) return null
    const needed = Math.max(...this.config.stages.map((stage) => stage.batch))
    return (this.scan?.files ?? 0) < needed ? needed : null
  })

  readonly ready = $derived(
    this.config !== null &&
      this.prepareOptions !== null &&
      this.missing === null &&
      !this.badClasses &&
      !this.scanning,
  )

  chooseSample(name: SampleName): Promise<void> {
    return this.choose({ kind: 'sample', name })
  }

  /** Looks at a source; only the newest choice counts. */
  async choose(source: DatasetSource): Promise<void> {
    const scanId = ++this.#scanId
    this.source = source
    this.scan = null
    this.scanError = null
    this.byClass = false
    this.scanning = true
    try {
      const scan = await this.#library.client.scanSource(source)
      if (scanId === this.#scanId) this.scan = scan
    } catch (error) {
      if (scanId === this.#scanId)
        this.scanError = error instanceof Error ? error.message : `${error}`
    } finally {
      if (scanId === this.#scanId) this.scanning = false
    }
  }

  setFirstResolution(first: 4 | 8): void {
    this.firstResolution = first
    if (this.finalResolution < 2 * first) this.finalResolution = 16
  }

  #configTo(finalResolution: Resolution): TrainConfig | null {
    const phases = this.#phaseImages()
    if (phases === null || this.seed === null) return null
    try {
      return trainConfigFor({
        seed: this.seed,
        channels: this.channels ?? this.scan?.channels ?? 3,
        preset: this.preset,
        firstResolution: this.firstResolution,
        finalResolution,
        loss: this.loss,
        mirror: this.mirror,
        augment: this.augmented ? AUGMENTATIONS : [],
        classes: this.byClass && this.scan ? this.scan.classes.map((one) => one.name) : null,
        ...phases,
      })
    } catch {
      return null
    }
  }

  #phaseImages(): { fadeImages?: number; stableImages?: number } | null {
    switch (this.schedule) {
      case 'quick':
        return { fadeImages: QUICK_IMAGES, stableImages: QUICK_IMAGES }
      case 'short':
        return {}
      case 'paper':
        return { fadeImages: PAPER_IMAGES, stableImages: PAPER_IMAGES }
      case 'custom':
        if (this.fadeImages === null || this.stableImages === null) return null
        return { fadeImages: this.fadeImages, stableImages: this.stableImages }
    }
  }
}
