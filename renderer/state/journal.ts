import type { ChangedSetting } from '../../shared/domain/settingsChange'
import { m } from '../messages/generated/messages.js'
import { formatCount, formatResolution } from './format'
import type { NotableEvent } from './runFold'

/** Kinds of events as a person looks for them. */
export const JOURNAL_KINDS = [
  'growth',
  'checkpoints',
  'notes',
  'changes',
  'trouble',
  'states',
] as const
/** One of {@link JOURNAL_KINDS}. */
export type JournalKind = (typeof JOURNAL_KINDS)[number]

const KIND_OF: Record<NotableEvent['body']['kind'], JournalKind> = {
  stage: 'growth',
  checkpoint: 'checkpoints',
  quality: 'checkpoints',
  note: 'notes',
  settings: 'changes',
  device: 'changes',
  error: 'trouble',
  alarm: 'trouble',
  state: 'states',
}

/** What a person looks for when looking for such an event. */
export function journalKind({ kind }: NotableEvent['body']): JournalKind {
  return KIND_OF[kind]
}

/** A kind in the person's language. */
export function journalLabel(kind: JournalKind): string {
  const labels: Record<JournalKind, () => string> = {
    growth: m.charts_journal_growth,
    checkpoints: m.charts_journal_checkpoints,
    notes: m.charts_journal_notes,
    changes: m.charts_journal_changes,
    trouble: m.charts_journal_trouble,
    states: m.charts_journal_states,
  }
  return labels[kind]()
}

/** Images seen when an event happened. */
export function imagesOf({ body }: NotableEvent): number {
  return body.kind === 'checkpoint' ? body.checkpoint.imagesSeen : body.imagesSeen
}

/** Events as lines of text, newest first: time, images seen, what happened. */
export function journalText(
  events: readonly NotableEvent[],
  label: (body: NotableEvent['body']) => string,
): string {
  return events
    .map((event) => {
      const words = label(event.body).replace(/\s+/g, ' ')
      return [new Date(event.at).toISOString(), imagesOf(event), words].join('\t')
    })
    .join('\n')
}

/** Changed settings in one line, in the person's language. */
export function settingsLabel(
  { changed }: Extract<NotableEvent['body'], { kind: 'settings' }>,
  locale: string,
): string {
  const names: Record<
    Exclude<ChangedSetting['setting'], 'qualitySamples'>,
    (inputs: { size: string }) => string
  > = {
    tickImages: m.charts_changed_tick,
    mosaicImages: m.charts_changed_mosaic,
    checkpointSeconds: m.charts_changed_checkpoint,
    fadeImages: m.charts_changed_fade,
    stableImages: m.charts_changed_stable,
  }
  return changed
    .map(({ setting, resolution, before, after }) => {
      if (setting === 'qualitySamples') {
        return after === 0 ? m.charts_changed_quality_off() : m.charts_changed_quality_on()
      }
      return m.charts_changed({
        what: names[setting]({ size: resolution === null ? '' : formatResolution(resolution) }),
        before: formatCount(before, locale),
        after: formatCount(after, locale),
      })
    })
    .join('; ')
}
