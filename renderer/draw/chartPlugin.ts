import type { Chart, Plugin } from 'chart.js'
import type { Segment } from '../../shared/schedule'
import type { Axis } from './axis'

/** Narrower than this, a stage has no label of its own. */
const LABEL_WIDTH = 52

/** What lies behind and before the curves, as it is at the moment of drawing. */
export type ChartScene = {
  segments: readonly Segment[]
  axis: Axis
  /** Place of the cross's line on the axis; null for none. */
  cross: number | null
  /** Images between which a drag marks what to zoom into. */
  drag: readonly [number, number] | null
  colours: { fade: string; line: string; label: string; cross: string; drag: string }
  font: string
  /** Whether stages are named at the top. */
  labels: boolean
}

/** Draws stages and fades behind the curves, since curves jump there, and the cross and the zoom's mark before them. */
export function chartPlugin(scene: () => ChartScene): Plugin<'line'> {
  return {
    id: 'scene',
    beforeDatasetsDraw: (chart) => paintBehind(chart, scene()),
    afterDatasetsDraw: (chart) => paintBefore(chart, scene()),
  }
}

/** A stretch of the schedule as pixels, cut to the chart; null outside of it. */
function spanOf(
  { chartArea, scales }: Chart,
  axis: Axis,
  start: number,
  end: number,
): { left: number; right: number } | null {
  const x = scales['x']!
  const left = Math.max(chartArea.left, x.getPixelForValue(axis.of(start)))
  const right = Math.min(chartArea.right, x.getPixelForValue(axis.of(end)))
  return right > left ? { left, right } : null
}

function paintBehind(chart: Chart, { segments, axis, colours, font, labels }: ChartScene): void {
  const { ctx, chartArea } = chart
  const { top, bottom } = chartArea
  ctx.save()
  for (const { phase, start, end } of segments) {
    const span = phase === 'fade' ? spanOf(chart, axis, start, end) : null
    if (span === null) continue
    ctx.fillStyle = colours.fade
    ctx.fillRect(span.left, top, span.right - span.left, bottom - top)
  }
  ctx.font = font
  ctx.textBaseline = 'bottom'
  ctx.textAlign = 'left'
  for (const { start, end, resolution } of stagesOf(segments)) {
    const span = spanOf(chart, axis, start, end)
    if (span === null) continue
    ctx.fillStyle = colours.line
    if (span.left > chartArea.left) ctx.fillRect(span.left, top - 12, 1, bottom - top + 12)
    ctx.fillStyle = colours.label
    if (labels && span.right - span.left >= LABEL_WIDTH) {
      ctx.fillText(`${resolution}×${resolution}`, span.left + 5, top - 1)
    }
  }
  ctx.restore()
}

/** Each stage from its fade's beginning to its end. */
function stagesOf(segments: readonly Segment[]): Pick<Segment, 'start' | 'end' | 'resolution'>[] {
  const stages: { stage: number; start: number; end: number; resolution: Segment['resolution'] }[] =
    []
  for (const { stage, start, end, resolution } of segments) {
    const last = stages[stages.length - 1]
    if (last?.stage === stage) last.end = end
    else stages.push({ stage, start, end, resolution })
  }
  return stages
}

function paintBefore(chart: Chart, { axis, cross, drag, colours }: ChartScene): void {
  const { ctx, chartArea, scales } = chart
  const { top, bottom, left, right } = chartArea
  ctx.save()
  const span = drag === null ? null : spanOf(chart, axis, Math.min(...drag), Math.max(...drag))
  if (span !== null) {
    ctx.globalAlpha = 0.18
    ctx.fillStyle = colours.drag
    ctx.fillRect(span.left, top, span.right - span.left, bottom - top)
    ctx.globalAlpha = 1
  }
  const x = cross === null ? null : scales['x']!.getPixelForValue(cross)
  if (x !== null && x >= left - 1 && x <= right + 1) {
    ctx.fillStyle = colours.cross
    ctx.fillRect(Math.round(x), top, 1, bottom - top)
    const { datasets } = chart.data
    // Of each measure's four lines, the first is the one that is read.
    for (let i = 0; i < datasets.length; i += 4) {
      const { data, borderColor } = datasets[i]!
      const place = (data as { x: number; y: number }[]).find((each) => each.x >= cross!)
      if (place === undefined || Number.isNaN(place.y)) continue
      ctx.fillStyle = borderColor as string
      ctx.beginPath()
      ctx.arc(x, scales['y']!.getPixelForValue(place.y), 3.5, 0, 2 * Math.PI)
      ctx.fill()
    }
  }
  ctx.restore()
}
