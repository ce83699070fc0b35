import * as v from 'valibot'
import { explained } from './explanation'
import { positionAt, totalImages } from '../schedule'
import { ResolutionSchema } from './resolution'
import {
  IntervalsSchema,
  qualitySamplesSchema,
  StagePlanSchema,
  type TrainConfig,
} from './trainConfig'

/** Longest note, in characters. */
export const MAX_NOTE_LENGTH = 2000
/** What a person writes down about a moment of a run. */
export const NoteTextSchema = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(MAX_NOTE_LENGTH),
)

const { fadeImages, stableImages } = StagePlanSchema.entries

/**
 * Settings that can be changed while a run is under way: how often it tells, draws and saves, whether it measures quality,
 * and how long those phases are that have not begun. What is left out stays.
 */
export const SettingsChangeSchema = v.object({
  intervals: v.optional(v.partial(IntervalsSchema), {}),
  /** As in the settings; refused where new stages start from the best weights, which hang on it. */
  qualitySamples: v.optional(qualitySamplesSchema),
  stages: v.optional(
    v.array(
      v.object({
        /** Counted from 0. */
        stage: v.pipe(v.number(), v.integer(), v.minValue(0)),
        fadeImages: v.optional(fadeImages),
        stableImages: v.optional(stableImages),
      }),
    ),
    [],
  ),
})
/** See {@link SettingsChangeSchema}. */
export type SettingsChange = v.InferInput<typeof SettingsChangeSchema>

/** Names of the settings that {@link SettingsChange} can change. */
export const CHANGEABLE = [
  'tickImages',
  'mosaicImages',
  'checkpointSeconds',
  'qualitySamples',
  'fadeImages',
  'stableImages',
] as const

/** One setting before and after it was changed; `resolution` is its stage's, null where it has none. */
export const ChangedSettingSchema = v.object({
  setting: v.picklist(CHANGEABLE),
  resolution: v.nullable(ResolutionSchema),
  before: v.number(),
  after: v.number(),
})
/** See {@link ChangedSettingSchema}. */
export type ChangedSetting = v.InferOutput<typeof ChangedSettingSchema>

/** Which phases of a stage have not begun, so that their lengths may still be changed. */
export type ChangeablePhases = { fade: boolean; stable: boolean }

/**
 * For each stage what may still be changed once `imagesSeen` images went through. A phase that begins at just these
 * images counts as begun. Nothing may be at the end of a run.
 */
export function changeablePhases(config: TrainConfig, imagesSeen: number): ChangeablePhases[] {
  const now = positionAt(config, imagesSeen)
  const over = imagesSeen >= totalImages(config)
  return config.stages.map((_, stage) => ({
    fade: !over && stage > now.stage,
    stable: !over && (stage > now.stage || (stage === now.stage && now.phase === 'fade')),
  }))
}

/**
 * The settings after a change at `imagesSeen`. What training did up to there would be the same under both, so that a
 * resume from an earlier checkpoint goes the same way again. Throws one clear line, for a person, when the change
 * touches a phase that has begun or a stage that is not there, or would change which weights a stage starts from.
 */
export function withChange(
  config: TrainConfig,
  imagesSeen: number,
  change: SettingsChange,
): TrainConfig {
  const changeable = changeablePhases(config, imagesSeen)
  const stages = config.stages.map((plan) => ({ ...plan }))
  for (const { stage, ...lengths } of change.stages ?? []) {
    const plan = stages[stage]
    if (plan === undefined) throw new Error(`This run has no stage ${stage + 1}.`)
    for (const phase of ['fade', 'stable'] as const) {
      const length = lengths[`${phase}Images`]
      if (length === undefined || length === plan[`${phase}Images`]) continue
      if (!changeable[stage]![phase]) {
        throw explained('change_begun', { phase, size: `${plan.resolution}` })
      }
      plan[`${phase}Images`] = length
    }
  }
  const qualitySamples = change.qualitySamples ?? config.qualitySamples
  if (qualitySamples !== config.qualitySamples && config.stageStart === 'best') {
    throw explained('change_quality', {})
  }
  const { tickImages, mosaicImages, checkpointSeconds } = { ...change.intervals }
  const { intervals } = config
  return {
    ...config,
    stages,
    qualitySamples,
    intervals: {
      tickImages: tickImages ?? intervals.tickImages,
      mosaicImages: mosaicImages ?? intervals.mosaicImages,
      checkpointSeconds: checkpointSeconds ?? intervals.checkpointSeconds,
    },
  }
}

/** What differs between two settings of one run, of those that can be changed. */
export function changedSettings(before: TrainConfig, after: TrainConfig): ChangedSetting[] {
  const all = [listOf(before), listOf(after)] as const
  return all[0].flatMap(({ value, ...setting }, i) => {
    const now = all[1][i]!.value
    return now === value ? [] : [{ ...setting, before: value, after: now }]
  })
}

function listOf({ intervals, qualitySamples, stages }: TrainConfig) {
  const own = (['tickImages', 'mosaicImages', 'checkpointSeconds'] as const).map((setting) => ({
    setting,
    resolution: null,
    value: intervals[setting],
  }))
  const lengths = stages.flatMap((plan) =>
    (['fadeImages', 'stableImages'] as const).map((setting) => ({
      setting,
      resolution: plan.resolution,
      value: plan[setting],
    })),
  )
  const quality = { setting: 'qualitySamples', resolution: null, value: qualitySamples } as const
  return [...own, quality, ...lengths]
}
