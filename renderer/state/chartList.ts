import { MEASURES, type CurveStretch, type Measure } from '../../shared/domain/curve'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { m } from '../messages/generated/messages.js'
import { formatDistance, formatFigure, formatMemory, formatPercent } from './format'

/** One measure of a chart. */
export type ChartLine = { label: string; measure: Measure; colour: `--${string}` }

/** Names of the charts, for tests and keys. */
export type ChartName = 'losses' | 'scores' | 'quality' | 'penalty' | 'speed' | 'waiting' | 'memory'

/** A chart of measures that share a unit. */
export type ChartSpec = {
  name: ChartName
  title: string
  lines: readonly ChartLine[]
  /** Whether a logarithmic scale shows more of it. */
  mayBeLog: boolean
  /** Its measurements have moments of their own and are few: each is a dot, and nothing is smoothed. */
  apart?: boolean
  /** What one unit of its vertical axis is. */
  unit: number
  /** A value with its unit, as short as can be. */
  format: (value: number, locale: string) => string
}

/** The charts of a run with such settings, in the order that they are looked at. */
export function chartsOf({ loss }: Pick<TrainConfig, 'loss'>): ChartSpec[] {
  const figures = { mayBeLog: true, unit: 1, format: formatFigure }
  const one = (label: string, measure: Measure) => [{ label, measure, colour: '--line-a' as const }]
  const charts: ChartSpec[] = [
    {
      name: 'losses',
      title: m.run_losses(),
      lines: [
        {
          label: m.chart_discriminator(),
          measure: 'discriminatorLoss',
          colour: '--line-b',
        },
        { label: m.chart_generator(), measure: 'generatorLoss', colour: '--line-a' },
      ],
      ...figures,
    },
    {
      name: 'scores',
      title: m.run_scores(),
      lines: [
        { label: m.chart_real(), measure: 'realScore', colour: '--line-b' },
        { label: m.chart_fake(), measure: 'fakeScore', colour: '--line-a' },
      ],
      ...figures,
    },
    {
      name: 'quality',
      title: m.quality_title(),
      lines: one(m.quality_line(), 'quality'),
      mayBeLog: true,
      apart: true,
      unit: 0.001,
      format: formatDistance,
    },
    {
      name: 'penalty',
      title: m.charts_penalty(),
      lines: one(m.charts_penalty(), 'gradientPenalty'),
      ...figures,
    },
    {
      name: 'speed',
      title: m.charts_speed(),
      lines: one(m.charts_speed_line(), 'imagesPerSecond'),
      mayBeLog: false,
      unit: 1,
      format: (value, locale) => m.charts_per_second({ value: formatFigure(value, locale) }),
    },
    {
      name: 'waiting',
      title: m.charts_waiting(),
      lines: one(m.charts_waiting_line(), 'dataWaitShare'),
      mayBeLog: false,
      unit: 0.01,
      format: (value, locale) => formatPercent(value, locale, 1),
    },
    {
      name: 'memory',
      title: m.charts_memory(),
      lines: one(m.charts_memory_line(), 'peakMemoryBytes'),
      mayBeLog: false,
      unit: 2 ** 20,
      format: formatMemory,
    },
  ]
  return charts.filter(({ name }) => name !== 'penalty' || loss !== 'logistic')
}

/** A measure's mean over a stretch, null where its ticks do not have it. */
export function valueOf(stretch: CurveStretch, measure: Measure): number | null {
  return stretch.mean[MEASURES.indexOf(measure)] ?? null
}

/** The least and the greatest value of a measure in a stretch. */
export function rangeOf(stretch: CurveStretch, measure: Measure): readonly [number, number] | null {
  const index = MEASURES.indexOf(measure)
  const [low, high] = [stretch.low[index] ?? null, stretch.high[index] ?? null]
  return low === null || high === null ? null : [low, high]
}
