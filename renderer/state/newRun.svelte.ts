import { SvelteSet } from 'svelte/reactivity'
import * as v from 'valibot'
import type {
  CropMode,
  DatasetSource,
  PrepareOptions,
  SampleName,
  SourceScan,
} from '../../shared/domain/dataset'
import type { Device } from '../../shared/domain/device'
import { classProblem } from '../../shared/domain/enoughPictures'
import type { Rehearsal } from '../../shared/domain/rehearsal'
import { RESOLUTIONS, type Resolution } from '../../shared/domain/resolution'
import { isTutorial } from '../../shared/domain/presets'
import {
  AUGMENTATIONS,
  PRESETS,
  TrainConfigSchema,
  type GeneratorNorm,
  type LossName,
  type Preset,
  type StagePlan,
  type TrainConfig,
} from '../../shared/domain/trainConfig'
import type { Speeds } from '../../shared/schedule'
import type { Library } from '../bridge'
import {
  firstDraft,
  inMicroBatches,
  scheduled,
  usualConfig,
  withFittingMicroBatches,
  withNetwork,
  withoutTutorial,
  withTutorial,
  type ScheduleName,
} from './draft'
import { commonImages, withResolutions } from './scheduleEdits'
import { SourceLook } from './sourceLook.svelte'

/** Speeds that differ by less than this share are the same: measured ones never come out equal. */
const SAME_SPEED = 0.1

/** Fewer pictures than this, which networks soon know by heart, are augmented unless the person says otherwise. */
const FEW_PICTURES = 2_000
/** The handwritten digits have no larger size. */
const DIGITS_PX = 32

/** Settings that a new run begins with, such as another run's; without a source, pictures are still to be chosen. */
export type RunSettings = { config: TrainConfig; source?: DatasetSource }

/** What a run is made of, as the person chooses it. */
export class NewRun {
  readonly look: SourceLook
  name = $state('')
  schedule: ScheduleName = $state('quick')
  /** Null augments when there are few pictures. */
  augment: boolean | null = $state(null)
  /** Whether the networks are told of the source's classes. */
  byClass = $state(false)
  crop: CropMode = $state('centre')
  dropDuplicates = $state(true)
  /** Whether the fastest device is taken, whichever that turns out to be. */
  autoDevice = $state(true)
  /** Null takes what the scan guesses. */
  channels: 1 | 3 | 4 | null = $state(null)
  /** Fields that hold nothing readable at the moment. */
  readonly unreadable = new SvelteSet<string>()
  /** All settings; lengths of phases are the person's own, which another schedule stands before. */
  #draft: TrainConfig = $state.raw(firstDraft())
  /** Images per second of each size, as last measured with these networks. */
  #speeds: Speeds = $state.raw(new Map())

  constructor(library: Library, from?: RunSettings) {
    this.look = new SourceLook(library)
    if (from !== undefined) this.take(from)
  }

  readonly source: DatasetSource | null = $derived.by(() => this.look.source)
  readonly scan: SourceScan | null = $derived.by(() => this.look.scan)
  readonly preset = $derived(this.#draft.preset)
  readonly loss = $derived(this.#draft.loss)
  readonly generatorNorm = $derived(this.#draft.generatorNorm)
  readonly device = $derived(this.#draft.device)
  readonly seed = $derived(this.#draft.seed)
  readonly firstResolution = $derived(this.#draft.stages[0]!.resolution)
  readonly finalResolution = $derived(this.#draft.stages.at(-1)!.resolution)
  readonly sizes = $derived(RESOLUTIONS.filter((size) => size >= 2 * this.firstResolution))
  readonly mirror = $derived(this.#draft.mirror)

  readonly shownName = $derived(
    this.name.trim() ||
      (this.scan === null
        ? ''
        : `${this.scan.name} ${this.finalResolution}×${this.finalResolution}`),
  )

  /** The app's own pictures have no copies to leave out. */
  readonly dropsDuplicates = $derived(this.dropDuplicates && this.source?.kind === 'folder')
  /** Files that will be training pictures, as far as is known. */
  readonly pictures = $derived(
    this.scan === null
      ? 0
      : this.scan.files -
          this.scan.unreadableFiles -
          (this.dropsDuplicates ? this.scan.duplicateFiles : 0),
  )
  readonly augmented = $derived(
    this.augment ?? (this.scan !== null && this.scan.files < FEW_PICTURES),
  )
  readonly hasClasses = $derived((this.scan?.classes.length ?? 0) >= 2)
  /** Whether the networks cannot be told of these classes, though the person wants it. */
  readonly badClasses = $derived(
    this.byClass && this.scan !== null && classProblem(this.scan.classes, this.scan.files) !== null,
  )
  /** The largest size that the pictures come in; null when they can be made any size. */
  readonly largestSource: Resolution | null = $derived(
    this.source?.kind === 'sample' && this.source.name === 'mnist' ? DIGITS_PX : null,
  )

  /** Stages with the lengths of the chosen schedule. */
  readonly stages: readonly StagePlan[] = $derived(this.#scheduled(this.#draft.stages))

  /** The settings so far; null while something is unreadable. */
  readonly config: TrainConfig | null = $derived(
    this.unreadable.size > 0 ? null : this.#complete(this.stages),
  )
  /** The same, grown as far as can be: what each size takes is in it. */
  readonly tallest: TrainConfig | null = $derived(
    this.config === null ? null : this.#complete(this.#grownTo(RESOLUTIONS.at(-1)!)),
  )

  /** The same with the networks of each preset. */
  readonly byPreset: ReadonlyMap<Preset, TrainConfig> = $derived(
    new Map(
      this.config === null
        ? []
        : PRESETS.map((preset) => [preset, withNetwork(this.config!, preset)] as const),
    ),
  )

  readonly prepareOptions: PrepareOptions | null = $derived.by(() => {
    const channels = this.channels ?? this.scan?.channels ?? null
    if (this.source === null || this.scan === null || channels === null) return null
    if (this.scan.files === 0 || this.look.error !== null) return null
    return {
      source: this.source,
      crop: this.crop,
      channels,
      finalResolution: this.finalResolution,
      dropDuplicates: this.dropsDuplicates,
    }
  })

  /** Pictures that these settings need at least, when fewer were found; else null. */
  readonly missing: number | null = $derived.by(() => {
    if (this.config === null || this.prepareOptions === null) return null
    const needed = Math.max(...this.config.stages.map((stage) => stage.batch))
    return this.pictures < needed ? needed : null
  })
  readonly tooLarge = $derived(
    this.largestSource !== null && this.finalResolution > this.largestSource,
  )

  readonly ready = $derived(
    this.config !== null &&
      this.prepareOptions !== null &&
      this.missing === null &&
      !this.tooLarge &&
      !this.badClasses,
  )

  /** Settings that the chosen network usually has, with stages of every size. */
  readonly usual: TrainConfig = $derived(usualConfig(this.preset))

  /** All settings as they are set, whatever the pictures and a ready schedule make of them. */
  get draft(): TrainConfig {
    return this.#draft
  }

  /** The learning rate of all stages; null when they differ. */
  readonly learningRate = $derived(
    this.#draft.stages.every((plan) => plan.learningRate === this.#draft.stages[0]!.learningRate)
      ? this.#draft.stages[0]!.learningRate
      : null,
  )

  /** Speeds that the schedule is reckoned with. */
  get speeds(): Speeds {
    return this.#speeds
  }

  chooseSample(name: SampleName): Promise<void> {
    return this.choose({ kind: 'sample', name })
  }

  /** Looks at a source; resolves once it is known whether it can be trained with. */
  async choose(source: DatasetSource): Promise<void> {
    this.byClass = false
    await this.look.at(source)
  }

  /** Takes over settings whole: another run's, or a pasted text. */
  take({ config, source }: RunSettings): void {
    this.unreadable.clear()
    this.schedule = 'custom'
    this.autoDevice = false
    this.augment = config.augment.length > 0
    this.channels = config.channels
    this.#draft = {
      ...config,
      augment: AUGMENTATIONS.filter((kind) => config.augment.includes(kind)),
      stages: config.stages.map((plan, i) => (i === 0 ? { ...plan, fadeImages: 0 } : plan)),
      // Of the machine, and of the pictures, that this run will have.
      threads: null,
      pictures: null,
    }
    const byClass = config.classes !== null
    if (source !== undefined) {
      void this.choose(source)
    }
    this.byClass = byClass
  }

  /** Changes settings that nothing else hangs on. */
  change(changes: Partial<Omit<TrainConfig, 'stages' | 'preset' | 'version'>>): void {
    this.#draft = withFittingMicroBatches({ ...this.#draft, ...changes })
    this.#leaveTutorial()
  }

  setLoss(loss: LossName): void {
    this.change({ loss })
  }

  setGeneratorNorm(generatorNorm: GeneratorNorm): void {
    this.change({ generatorNorm })
  }

  setDevice(device: Device): void {
    this.change({ device })
  }

  /** Goes through batches at most so many images at a time; null takes them whole. */
  setMicroBatch(most: number | null): void {
    this.#draft = inMicroBatches(this.#draft, most)
  }

  setLearningRate(learningRate: number): void {
    const stages = this.#draft.stages.map((plan) => ({ ...plan, learningRate }))
    this.#draft = { ...this.#draft, stages }
    this.#leaveTutorial()
  }

  /** Takes a preset's networks and batches; lengths stay. */
  setPreset(preset: Preset): void {
    for (const field of ['latentSize', 'fmapBase', 'fmapMax']) this.unreadable.delete(field)
    this.#draft = withNetwork(this.#draft, preset)
  }

  setFirstResolution(first: 4 | 8): void {
    const last = Math.max(this.finalResolution, 2 * first) as Resolution
    this.#setResolutions(first, last)
  }

  setFinalResolution(last: Resolution): void {
    this.#setResolutions(this.firstResolution, last)
  }

  /**
   * Chooses ready lengths, or makes those that are shown the person's own. The tutorial brings its settings, which go
   * again with another ready choice.
   */
  setSchedule(schedule: ScheduleName): void {
    if (schedule === 'custom') this.setStages(this.stages)
    else this.#draft = (schedule === 'tutorial' ? withTutorial : withoutTutorial)(this.#draft)
    this.schedule = schedule
  }

  /** Takes stages that the person changed. */
  setStages(stages: readonly StagePlan[]): void {
    this.#draft = withFittingMicroBatches({ ...this.#draft, stages: [...stages] })
    this.schedule = 'custom'
  }

  /** Images of all fades; null when they differ. */
  readonly fadeImages = $derived(commonImages(this.stages, 'fade'))
  /** Images of all stable phases; null when they differ. */
  readonly stableImages = $derived(commonImages(this.stages, 'stable'))

  /** Remembers speeds that were measured, where they are news. */
  learn(report: Rehearsal | null): void {
    const known = new Map<Resolution, number>()
    for (const { resolution, imagesPerSecond } of report?.stages ?? []) {
      if (imagesPerSecond !== null) known.set(resolution, imagesPerSecond)
    }
    const same = [...known].every(([resolution, speed]) => {
      const before = this.#speeds.get(resolution)
      return before !== undefined && Math.abs(speed / before - 1) < SAME_SPEED
    })
    if (!same || known.size !== this.#speeds.size) this.#speeds = known
  }

  #setResolutions(first: Resolution, last: Resolution): void {
    this.#draft = { ...this.#draft, stages: this.#resolutions(first, last) }
  }

  #grownTo(last: Resolution): StagePlan[] {
    return this.#scheduled(this.#resolutions(this.firstResolution, last))
  }

  #resolutions(first: Resolution, last: Resolution): StagePlan[] {
    const stages = withResolutions(this.#draft.stages, this.usual.stages, [first, last])
    if (this.schedule !== 'tutorial') return stages
    // New stages come with the usual learning rate.
    return withTutorial({ ...this.#draft, stages }).stages
  }

  /** What is no tutorial's any more is the person's own. */
  #leaveTutorial(): void {
    if (this.schedule === 'tutorial' && !isTutorial(this.#draft)) this.setSchedule('custom')
  }

  #scheduled(stages: readonly StagePlan[]): StagePlan[] {
    return scheduled(stages, this.schedule, this.#speeds, this.usual.stages[0]!.stableImages)
  }

  #complete(stages: readonly StagePlan[]): TrainConfig | null {
    const kinds = this.#draft.augment.length > 0 ? this.#draft.augment : AUGMENTATIONS
    const classes = this.byClass && this.scan ? this.scan.classes.map((one) => one.name) : null
    const parsed = v.safeParse(TrainConfigSchema, {
      ...this.#draft,
      stages,
      channels: this.channels ?? this.scan?.channels ?? 3,
      augment: this.augmented ? kinds : [],
      classes: (classes?.length ?? 0) < 2 ? null : classes,
    })
    return parsed.success ? parsed.output : null
  }
}
