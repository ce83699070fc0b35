import { USUAL_QUALITY_SAMPLES } from '../../shared/domain/quality'
import type { Resolution } from '../../shared/domain/resolution'
import {
  changeablePhases,
  type ChangeablePhases,
  type SettingsChange,
} from '../../shared/domain/settingsChange'
import type { StagePlan, TrainConfig } from '../../shared/domain/trainConfig'
import type { NotableEvent } from './runFold'

/** One stage's lengths as typed; null while a field holds no number. */
export class StageDraft {
  readonly stage: number
  readonly resolution: Resolution
  readonly open: ChangeablePhases
  fadeImages: number | null = $state(null)
  stableImages: number | null = $state(null)

  constructor(stage: number, plan: StagePlan, open: ChangeablePhases) {
    this.stage = stage
    this.resolution = plan.resolution
    this.open = open
    this.fadeImages = plan.fadeImages
    this.stableImages = plan.stableImages
  }
}

/** Samples that quality was measured on before it was last switched off; the usual number where it never was. */
export function samplesBefore(notable: readonly NotableEvent[]): number {
  const newestFirst = notable.flatMap(({ body }) => (body.kind === 'settings' ? body.changed : []))
  const off = newestFirst.find(({ setting, after }) => setting === 'qualitySamples' && after === 0)
  return off?.before ?? USUAL_QUALITY_SAMPLES
}

/** Settings of a run as a person is changing them. */
export class SettingsDraft {
  tickImages: number | null = $state(null)
  mosaicImages: number | null = $state(null)
  checkpointSeconds: number | null = $state(null)
  quality = $state(false)
  /** False where new stages start from the best weights, so that quality has to be measured. */
  readonly qualityOpen: boolean
  readonly stages: readonly StageDraft[]
  readonly #config: TrainConfig
  readonly #samples: number

  /** `samples`: what quality is measured on once it is switched on. */
  constructor(config: TrainConfig, imagesSeen: number, samples: number) {
    this.#config = config
    this.#samples = samples
    const open = changeablePhases(config, imagesSeen)
    this.stages = config.stages.map((plan, stage) => new StageDraft(stage, plan, open[stage]!))
    this.tickImages = config.intervals.tickImages
    this.mosaicImages = config.intervals.mosaicImages
    this.checkpointSeconds = config.intervals.checkpointSeconds
    this.quality = config.qualitySamples > 0
    this.qualityOpen = config.stageStart === 'last'
  }

  /** What differs from the settings as they are; null while nothing does, or something typed is no number. */
  readonly change: SettingsChange | null = $derived.by(() => {
    const { intervals } = this.#config
    const wanted = {
      tickImages: this.tickImages,
      mosaicImages: this.mosaicImages,
      checkpointSeconds: this.checkpointSeconds,
    }
    const own = differing(wanted, intervals)
    const stages = this.stages.map(({ stage, fadeImages, stableImages }) => {
      const plan = this.#config.stages[stage]!
      const before = { fadeImages: plan.fadeImages, stableImages: plan.stableImages }
      const lengths = differing({ fadeImages, stableImages }, before)
      return lengths === null ? null : { stage, ...lengths }
    })
    if (own === null || stages.includes(null)) return null
    const changed = stages.filter(
      (each): each is NonNullable<typeof each> => each !== null && Object.keys(each).length > 1,
    )
    const measured = this.#config.qualitySamples > 0
    const quality =
      this.quality === measured ? {} : { qualitySamples: this.quality ? this.#samples : 0 }
    const settings = { ...own, ...quality }
    if (Object.keys(settings).length === 0 && changed.length === 0) return null
    return { intervals: own, ...quality, stages: changed }
  })
}

/** The numbers that are others than before; null when one of them is none. */
function differing<K extends string>(
  wanted: Record<K, number | null>,
  before: Record<K, number>,
): Partial<Record<K, number>> | null {
  const changed: Partial<Record<K, number>> = {}
  for (const key of Object.keys(wanted) as K[]) {
    const value = wanted[key]
    if (value === null) return null
    if (value !== before[key]) changed[key] = value
  }
  return changed
}
