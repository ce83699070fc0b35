import { MOST_QUALITY_SAMPLES } from '../../shared/domain/quality'
import { MOST_CRITIC_STEPS, type LossName, type TrainConfig } from '../../shared/domain/trainConfig'
import { m } from '../messages/generated/messages.js'

/** Settings that a field of numbers can change. */
export type ConfigChanges = Partial<Omit<TrainConfig, 'stages' | 'preset' | 'version'>>

/** One number of a run's settings, as the person may change it. */
export type ConfigField = {
  name: string
  label: () => string
  about: () => string
  unit?: () => string
  min: number
  max: number
  /** Whether `max` itself is too much, and `min` itself too little. */
  below?: boolean
  above?: boolean
  whole?: boolean
  /** Shown for these objectives alone. */
  losses?: readonly LossName[]
  read: (config: TrainConfig) => number | null
  write: (config: TrainConfig, value: number) => ConfigChanges
}

/** Fields that belong together, under one heading. */
export type FieldGroup = { title: () => string; fields: readonly ConfigField[] }

type NumberKey = {
  [K in keyof TrainConfig]: TrainConfig[K] extends number ? K : never
}[Exclude<keyof TrainConfig, 'version'>]

/** A field for a number that lies at the top of the settings. */
function top(name: NumberKey, more: Omit<ConfigField, 'name' | 'read' | 'write'>): ConfigField {
  return { name, ...more, read: (config) => config[name], write: (_, value) => ({ [name]: value }) }
}

function ofAdam(
  name: keyof TrainConfig['adam'],
  more: Omit<ConfigField, 'name' | 'read' | 'write'>,
): ConfigField {
  return {
    name: `adam.${name}`,
    ...more,
    read: ({ adam }) => adam[name],
    write: ({ adam }, value) => ({ adam: { ...adam, [name]: value } }),
  }
}

function ofIntervals(
  name: keyof TrainConfig['intervals'],
  more: Omit<ConfigField, 'name' | 'read' | 'write'>,
): ConfigField {
  return {
    name: `intervals.${name}`,
    ...more,
    read: ({ intervals }) => intervals[name],
    write: ({ intervals }, value) => ({ intervals: { ...intervals, [name]: value } }),
  }
}

const whole = true
const MOST_IMAGES = 10_000_000

/** All single numbers of the settings that the rest of the screen has no place for. */
export const FIELD_GROUPS: readonly FieldGroup[] = [
  {
    title: m.wizard_group_loss,
    fields: [
      top('gradientPenaltyWeight', {
        label: m.wizard_gp,
        about: m.wizard_gp_about,
        min: 0,
        max: 1000,
        losses: ['wgan-gp'],
      }),
      top('driftWeight', {
        label: m.wizard_drift,
        about: m.wizard_drift_about,
        min: 0,
        max: 1,
        losses: ['wgan-gp'],
      }),
      top('r1Gamma', {
        label: m.wizard_r1,
        about: m.wizard_r1_about,
        min: 0,
        max: 1000,
        losses: ['logistic-r1'],
      }),
    ],
  },
  {
    title: m.wizard_group_networks,
    fields: [
      top('latentSize', {
        label: m.wizard_latent,
        about: m.wizard_latent_about,
        min: 1,
        max: 2048,
        whole,
      }),
      top('fmapMax', {
        label: m.wizard_fmap_max,
        about: m.wizard_fmap_max_about,
        min: 1,
        max: 1024,
        whole,
      }),
      top('fmapBase', {
        label: m.wizard_fmap_base,
        about: m.wizard_fmap_base_about,
        min: 1,
        max: 65_536,
        whole,
      }),
      top('minibatchGroup', {
        label: m.wizard_group,
        about: m.wizard_group_about,
        unit: m.wizard_unit_images,
        min: 1,
        max: 64,
        whole,
      }),
    ],
  },
  {
    title: m.wizard_group_optimiser,
    fields: [
      ofAdam('beta1', {
        label: m.wizard_beta1,
        about: m.wizard_beta1_about,
        min: 0,
        max: 1,
        below: true,
      }),
      ofAdam('beta2', {
        label: m.wizard_beta2,
        about: m.wizard_beta2_about,
        min: 0,
        max: 1,
        below: true,
      }),
      ofAdam('epsilon', {
        label: m.wizard_epsilon,
        about: m.wizard_epsilon_about,
        min: 0,
        max: 1,
        above: true,
      }),
      top('emaDecay', {
        label: m.wizard_ema,
        about: m.wizard_ema_about,
        min: 0,
        max: 1,
        below: true,
      }),
      top('criticSteps', {
        label: m.learn_critic,
        about: m.learn_critic_about,
        unit: m.learn_critic_unit,
        min: 1,
        max: MOST_CRITIC_STEPS,
        whole,
      }),
    ],
  },
  {
    title: m.wizard_group_run,
    fields: [
      top('seed', {
        label: m.new_seed,
        about: m.wizard_seed_about,
        min: 0,
        max: 0xffffffff,
        whole,
      }),
      ofIntervals('tickImages', {
        label: m.wizard_tick,
        about: m.wizard_tick_about,
        unit: m.wizard_unit_images,
        min: 1,
        max: MOST_IMAGES,
        whole,
      }),
      ofIntervals('mosaicImages', {
        label: m.wizard_mosaic,
        about: m.wizard_mosaic_about,
        unit: m.wizard_unit_images,
        min: 1,
        max: MOST_IMAGES,
        whole,
      }),
      ofIntervals('checkpointSeconds', {
        label: m.wizard_checkpoint,
        about: m.wizard_checkpoint_about,
        unit: m.wizard_unit_seconds,
        min: 0,
        max: 86_400,
        above: true,
      }),
      {
        name: 'qualitySamples',
        label: m.quality_samples,
        about: m.quality_samples_about,
        unit: m.wizard_unit_images,
        min: 0,
        max: MOST_QUALITY_SAMPLES,
        whole,
        read: (config) => config.qualitySamples,
        // Without a measure there is no best to start from.
        write: (_, qualitySamples) =>
          qualitySamples === 0 ? { qualitySamples, stageStart: 'last' } : { qualitySamples },
      },
    ],
  },
]
