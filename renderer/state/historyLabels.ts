import { m } from '../messages/generated/messages.js'
import type { BranchProblem } from '../../shared/domain/branch'
import type { LossName } from '../../shared/domain/trainConfig'
import type { SortKey } from './arrangeRuns'
import type { SettingKey } from './settingsDiff'

/** What runs can be ordered by, in the person's language. */
export function sortLabel(key: SortKey): string {
  const labels: Record<SortKey, () => string> = {
    activity: m.history_sort_activity,
    created: m.history_sort_created,
    name: m.history_sort_name,
    state: m.history_sort_state,
    dataset: m.history_sort_dataset,
    size: m.history_sort_size,
    progress: m.history_sort_progress,
    quality: m.quality_title,
    trained: m.history_sort_trained,
    disk: m.history_sort_disk,
  }
  return labels[key]()
}

/** A loss by its name in the form of a new run. */
export function lossLabel(loss: LossName): string {
  return {
    'wgan-gp': m.loss_wgan_gp,
    logistic: m.loss_logistic,
    'logistic-r1': m.loss_logistic_r1,
  }[loss]()
}

/** Why a branch cannot be made with its settings, in the person's language. */
export function branchProblemLabel({ kind, message }: BranchProblem): string {
  switch (kind) {
    case 'past':
      return m.history_branch_past()
    case 'end':
      return m.history_branch_end()
    default:
      return message
  }
}

/** A setting's name; one of a stage comes with its size. */
export function settingLabel(key: SettingKey, size: string | null): string {
  const labels: Record<SettingKey, () => string> = {
    parent: m.history_setting_parent,
    dataset: m.history_sort_dataset,
    pictures: m.new_pictures,
    channels: m.new_channels,
    classes: m.history_setting_classes,
    preset: m.new_network,
    maps: m.history_setting_maps,
    latent: m.history_setting_latent,
    norm: m.learn_norm,
    first: m.new_first,
    final: m.new_size,
    loss: m.new_loss,
    penalty: m.history_setting_penalty,
    drift: m.history_setting_drift,
    r1: m.history_setting_r1,
    critic: m.learn_critic,
    adam: m.history_setting_adam,
    ema: m.history_setting_ema,
    group: m.history_setting_group,
    mirror: m.history_setting_mirror,
    augment: m.history_setting_augment,
    seed: m.new_seed,
    device: m.history_setting_device,
    threads: m.history_setting_threads,
    limit: m.history_setting_limit,
    intervals: m.history_setting_intervals,
    quality: m.quality_setting_best,
    qualitySamples: m.quality_samples,
    stageStart: m.quality_setting_start,
    fade: m.history_setting_fade,
    stable: m.history_setting_stable,
    batch: m.history_setting_batch,
    rate: m.history_setting_rate,
  }
  const label = labels[key]()
  return size === null ? label : m.history_setting_at({ size, setting: label })
}
