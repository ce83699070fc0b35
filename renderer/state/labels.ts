import type { StoredCheckpoint } from '../../shared/domain/storedCheckpoint'
import { DEVICES, type Device, type Verdict } from '../../shared/domain/device'
import type { InstallPhase } from '../../shared/domain/engine'
import type { GeneratorNorm, LossName, Preset } from '../../shared/domain/trainConfig'
import { m } from '../messages/generated/messages.js'
import { getLocale } from '../messages/generated/runtime.js'
import type { Rehearsal, StageRehearsal } from '../../shared/domain/rehearsal'
import { formatCount, formatDistance, formatMemory, formatResolution } from './format'
import { settingsLabel } from './journal'
import type { ScheduleName } from './draft'
import type { NotableEvent } from './runFold'
import type { ShownState } from './runView.svelte'
import { complaintWords } from './problemWords'

/** A state in the person's language. */
export function stateLabel(state: ShownState): string {
  const labels: Record<ShownState, () => string> = {
    new: m.state_new,
    starting: m.state_starting,
    queued: m.state_queued,
    preparing: m.state_preparing,
    training: m.state_training,
    paused: m.state_paused,
    interrupted: m.state_interrupted,
    finished: m.state_finished,
    failed: m.state_failed,
  }
  return labels[state]()
}

/** A preset's name and what it is good for, in the person's language. */
export function presetLabel(preset: Preset): { name: string; about: string } {
  switch (preset) {
    case 'tiny':
      return { name: m.preset_tiny(), about: m.preset_tiny_about() }
    case 'small':
      return { name: m.preset_small(), about: m.preset_small_about() }
    case 'medium':
      return { name: m.preset_medium(), about: m.preset_medium_about() }
    case 'paper':
      return { name: m.preset_paper(), about: m.preset_paper_about() }
  }
}

/** One line about an event, in the person's language. */
export function eventLabel(body: NotableEvent['body']): string {
  switch (body.kind) {
    case 'error':
      return complaintWords(body)
    case 'stage': {
      const size = formatResolution(body.resolution)
      const event =
        body.phase === 'fade' ? m.event_stage_fade({ size }) : m.event_stage_stable({ size })
      if (body.startsFrom === undefined) return event
      const images = formatCount(body.startsFrom, getLocale())
      return m.quality_event_start({ event, size: formatResolution(body.resolution / 2), images })
    }
    case 'quality': {
      const value = formatDistance(body.distance, getLocale())
      return m.quality_event({ size: formatResolution(body.resolution), value })
    }
    case 'state':
      return {
        preparing: m.event_preparing,
        training: m.event_training,
        paused: m.event_paused,
        finished: m.event_finished,
        failed: m.event_failed,
      }[body.state]()
    case 'checkpoint':
      return {
        regular: m.event_checkpoint,
        'stage-end': m.event_checkpoint_stage_end,
        final: m.event_checkpoint_final,
        pinned: m.event_checkpoint_pinned,
      }[body.checkpoint.kind]()
    case 'note':
      return body.text
    case 'settings':
      return settingsLabel(body, getLocale())
    case 'alarm':
      return {
        diverging: m.charts_alarm_diverging,
        'one-sided': m.charts_alarm_one_sided,
      }[body.alarm]()
    case 'device':
      return m.event_device({
        device: deviceLabel(body.device),
        before: deviceLabel(body.before),
      })
  }
}

/** Why a checkpoint is kept, in the person's language. */
export function checkpointLabel({ kind, pinned }: StoredCheckpoint): string {
  const labels = {
    regular: m.pins_regular,
    'stage-end': m.pins_stage_end,
    final: m.pins_final,
    pinned: m.pins_pinned,
  }
  const label = labels[kind]()
  return pinned && kind !== 'pinned' ? m.pins_kept({ kind: label }) : label
}

/** Names of devices, the same in every language. */
const DEVICE_NAMES: Readonly<Record<Device, string>> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'Core ML',
  tensorflow: 'TensorFlow',
}

/** Where steps are computed, in the person's language. */
export function deviceLabel(device: string): string {
  const known = DEVICES.find((one) => one === device)
  return known === undefined ? device : DEVICE_NAMES[known]
}

/** What came of trying a device: in a word or two, and in a sentence. */
export function verdictLabel(verdict: Verdict | null): { state: string; about: string } {
  switch (verdict?.kind) {
    case undefined:
      return { state: m.settings_device_untried(), about: m.settings_device_untried_about() }
    case 'works':
      return { state: m.settings_device_works(), about: m.settings_device_works_about() }
    case 'wrong':
      return { state: m.settings_device_wrong(), about: m.settings_device_wrong_about() }
    case 'crashed':
      return { state: m.settings_device_crashed(), about: m.settings_device_crashed_about() }
    case 'hung':
      return { state: m.settings_device_hung(), about: m.settings_device_hung_about() }
    case 'refused':
      return { state: m.settings_device_refused(), about: m.settings_device_refused_about() }
    case 'absent':
      return { state: m.settings_device_absent(), about: m.settings_device_absent_about() }
  }
}

/** A step of an engine's installation. */
export function installPhaseLabel(phase: InstallPhase): string {
  return {
    check: m.settings_phase_check,
    download: m.settings_phase_download,
    packages: m.settings_phase_packages,
    unpack: m.settings_phase_unpack,
    build: m.settings_phase_build,
    try: m.settings_phase_try,
    seal: m.settings_phase_seal,
  }[phase]()
}

/** Why a run does not fit on this computer and what would, in the person's language; null when it fits. */
export function misfitLabel(rehearsal: Rehearsal, locale: string): string | null {
  const misfit = rehearsal.stages.find(({ fit }) => fit.kind !== 'fits')
  if (misfit === undefined) return null
  const { largestFitting, smaller } = rehearsal
  const largest =
    largestFitting === null
      ? m.rehearsal_none()
      : m.rehearsal_largest({ size: formatResolution(largestFitting) })
  const hint =
    smaller === null || smaller.resolution <= (largestFitting ?? 0)
      ? []
      : [
          m.rehearsal_smaller({
            preset: presetLabel(smaller.preset).name,
            size: formatResolution(smaller.resolution),
          }),
        ]
  return [whyNot(misfit, locale), largest, ...hint].join(' ')
}

function whyNot({ resolution, fit }: StageRehearsal, locale: string): string {
  const size = formatResolution(resolution)
  if (fit.kind === 'failed')
    return m.rehearsal_misfit_failed({ size, message: complaintWords(fit) })
  if (fit.kind === 'fits') return ''
  const amounts = {
    size,
    needed: formatMemory(fit.neededBytes, locale),
    room: formatMemory(fit.roomBytes, locale),
  }
  if (fit.kind === 'disk') return m.rehearsal_misfit_disk(amounts)
  return fit.exceeded ? m.rehearsal_misfit_memory_more(amounts) : m.rehearsal_misfit_memory(amounts)
}

/** An objective's name, in the person's language. */
export function lossLabel(loss: LossName): string {
  const labels: Record<LossName, () => string> = {
    'wgan-gp': m.loss_wgan_gp,
    logistic: m.loss_logistic,
    'logistic-r1': m.loss_logistic_r1,
  }
  return labels[loss]()
}

/** What the generator's maps are normalised with: the same in every language. */
export function normLabel(norm: GeneratorNorm): string {
  return { pixel: 'PixelNorm', batch: 'BatchNorm' }[norm]
}

/** A schedule's name, in the person's language. */
export function scheduleLabel(schedule: ScheduleName): string {
  const labels: Record<ScheduleName, () => string> = {
    quick: m.schedule_quick,
    overnight: m.wizard_overnight,
    paper: m.schedule_paper,
    tutorial: m.learn_tutorial,
    custom: m.schedule_custom,
  }
  return labels[schedule]()
}
