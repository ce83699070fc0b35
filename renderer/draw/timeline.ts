import type { Resolution } from '../../shared/domain/resolution'
import type { Phase, Segment } from '../../shared/schedule'

/** Room around the drawing, CSS pixels: the marker's leaf needs the top, the labels the bottom. */
const PADDING = { top: 44, right: 18, bottom: 26, left: 18 }
/** Height of the first stage as a part of the last one's: it must be seen as ground, not as nothing. */
const GROUND = 0.16
/** Narrower than this, a stage has no label of its own. */
const LABEL_WIDTH = 52

/** Whether training is through with a segment, in it, or yet to come to it. */
export type Progress = 'done' | 'now' | 'next'

/** One segment as a quadrilateral that stands on the base line. A fade rises, a stable phase is level. */
export type SegmentShape = {
  phase: Phase
  resolution: Resolution
  progress: Progress
  left: number
  right: number
  topLeft: number
  topRight: number
}

/** A stage's label, under the middle of its segments. */
export type StageLabel = { text: string; x: number; y: number; progress: Progress }

/** What {@link paintTimeline} draws, in CSS pixels. */
export type TimelineLayout = {
  width: number
  height: number
  baseline: number
  shapes: SegmentShape[]
  labels: StageLabel[]
  /** Null where there is no position to show, as in a plan. */
  marker: { x: number; y: number } | null
}

/**
 * Lays a schedule out: x is images seen, height the stage, so that a run climbs a hill from left to right.
 * `end` is where the run stops (images); `position` the images seen, null for a plan. `underneath` CSS pixels are left
 * free between the base line and the labels.
 */
export function timelineLayout(
  segments: readonly Segment[],
  end: number,
  position: number | null,
  size: { width: number; height: number },
  underneath = 0,
): TimelineLayout {
  const baseline = size.height - PADDING.bottom - underneath
  const room = baseline - PADDING.top
  const stages = (segments.at(-1)?.stage ?? 0) + 1
  const xOf = (images: number) => timelineX(images, end, size.width)
  const topOf = (stage: number) =>
    baseline - room * (stages === 1 ? 1 : GROUND + (1 - GROUND) * (stage / (stages - 1)))
  const shapes = segments
    .filter((segment) => segment.start < end)
    .map((segment) => ({
      phase: segment.phase,
      resolution: segment.resolution,
      progress: progressOf(segment, end, position),
      left: xOf(segment.start),
      right: xOf(segment.end),
      topLeft: topOf(segment.phase === 'fade' ? segment.stage - 1 : segment.stage),
      topRight: topOf(segment.stage),
    }))
  return {
    ...size,
    baseline,
    shapes,
    labels: labelsOf(shapes, baseline + underneath),
    marker: position === null ? null : markerAt(shapes, xOf(position)),
  }
}

/** Where images lie across a drawing of `width` CSS pixels: the first at `left`, all of them over `width`. */
export function timelineSpan(width: number): { left: number; width: number } {
  return { left: PADDING.left, width: Math.max(1, width - PADDING.left - PADDING.right) }
}

/** Where `images` lie on a timeline that ends at `end` images and is `width` wide, CSS pixels. */
export function timelineX(images: number, end: number, width: number): number {
  return PADDING.left + (width - PADDING.left - PADDING.right) * Math.min(1, images / end)
}

/**
 * The position that is drawn for `position`, where a device pixel is `step` images wide: the same for all that look
 * alike. It is never in another segment, and at the `end` where that is reached.
 */
export function positionDrawn(
  segments: readonly Segment[],
  end: number,
  position: number,
  step: number,
): number {
  const passed = [end, ...segments.map(({ start }) => start)].filter((at) => at <= position)
  return Math.max(Math.floor(position / step) * step, ...passed)
}

function progressOf(segment: Segment, end: number, position: number | null): Progress {
  if (position === null) return 'next'
  if (position >= Math.min(end, segment.end)) return 'done'
  return position >= segment.start ? 'now' : 'next'
}

function labelsOf(shapes: readonly SegmentShape[], bottom: number): StageLabel[] {
  const labels: StageLabel[] = []
  let free = -Infinity
  for (const resolution of new Set(shapes.map((shape) => shape.resolution))) {
    const own = shapes.filter((shape) => shape.resolution === resolution)
    const left = own[0]!.left
    const right = own.at(-1)!.right
    const x = (left + right) / 2
    if (x - LABEL_WIDTH / 2 < free) continue
    free = x + LABEL_WIDTH / 2
    labels.push({
      text: `${resolution}×${resolution}`,
      x,
      y: bottom + 17,
      progress: stageProgress(own),
    })
  }
  return labels
}

function stageProgress(own: readonly SegmentShape[]): Progress {
  if (own.every((shape) => shape.progress === 'done')) return 'done'
  return own.every((shape) => shape.progress === 'next') ? 'next' : 'now'
}

/** The point of the hill's outline above `x`. */
function markerAt(shapes: readonly SegmentShape[], x: number): { x: number; y: number } | null {
  const shape = shapes.find((each) => x < each.right) ?? shapes.at(-1)
  if (shape === undefined) return null
  const along = Math.min(1, Math.max(0, (x - shape.left) / (shape.right - shape.left || 1)))
  return { x, y: shape.topLeft + (shape.topRight - shape.topLeft) * along }
}

/** Colours by what they mean; the caller reads them from the theme. */
export type TimelineColours = {
  done: string
  doneFade: string
  next: string
  nextFade: string
  outline: string
  label: string
  labelNow: string
  marker: string
  leaf: string
}

/** Draws `layout` on a context whose unit is a CSS pixel. */
export function paintTimeline(
  ctx: CanvasRenderingContext2D,
  layout: TimelineLayout,
  colours: TimelineColours,
  font: string,
): void {
  ctx.clearRect(0, 0, layout.width, layout.height)
  const reached = layout.marker?.x ?? -Infinity
  for (const shape of layout.shapes) {
    fillShape(ctx, shape, layout.baseline, shape.phase === 'fade' ? colours.nextFade : colours.next)
  }
  ctx.save()
  ctx.beginPath()
  ctx.rect(0, 0, Math.max(0, reached), layout.height)
  ctx.clip()
  for (const shape of layout.shapes) {
    fillShape(ctx, shape, layout.baseline, shape.phase === 'fade' ? colours.doneFade : colours.done)
  }
  ctx.restore()
  strokeOutline(ctx, layout, colours.outline)
  ctx.textAlign = 'center'
  for (const label of layout.labels) {
    ctx.font = label.progress === 'now' ? `600 ${font}` : font
    ctx.fillStyle = label.progress === 'now' ? colours.labelNow : colours.label
    ctx.fillText(label.text, label.x, label.y)
  }
  if (layout.marker !== null) paintMarker(ctx, layout.marker, layout.baseline, colours)
}

function fillShape(
  ctx: CanvasRenderingContext2D,
  shape: SegmentShape,
  baseline: number,
  colour: string,
): void {
  ctx.fillStyle = colour
  ctx.beginPath()
  ctx.moveTo(shape.left, baseline)
  ctx.lineTo(shape.left, shape.topLeft)
  ctx.lineTo(shape.right, shape.topRight)
  ctx.lineTo(shape.right, baseline)
  ctx.closePath()
  ctx.fill()
}

function strokeOutline(
  ctx: CanvasRenderingContext2D,
  layout: TimelineLayout,
  colour: string,
): void {
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.5
  ctx.lineJoin = 'round'
  ctx.beginPath()
  layout.shapes.forEach((shape, i) => {
    if (i === 0) ctx.moveTo(shape.left, shape.topLeft)
    else ctx.lineTo(shape.left, shape.topLeft)
    ctx.lineTo(shape.right, shape.topRight)
  })
  ctx.stroke()
  ctx.globalAlpha = 0.5
  ctx.lineWidth = 1
  ctx.beginPath()
  const first = layout.shapes[0]
  if (first !== undefined) {
    ctx.moveTo(first.left, layout.baseline + 0.5)
    ctx.lineTo(layout.shapes.at(-1)!.right, layout.baseline + 0.5)
  }
  ctx.stroke()
  ctx.globalAlpha = 1
}

/** A seedling that stands where training is: a stem with two leaves. */
function paintMarker(
  ctx: CanvasRenderingContext2D,
  at: { x: number; y: number },
  baseline: number,
  colours: TimelineColours,
): void {
  const { x, y } = at
  ctx.strokeStyle = colours.marker
  ctx.lineWidth = 2
  ctx.lineCap = 'round'
  ctx.beginPath()
  ctx.moveTo(x, baseline)
  ctx.lineTo(x, y - 16)
  ctx.stroke()
  ctx.fillStyle = colours.leaf
  for (const side of [-1, 1]) {
    ctx.beginPath()
    ctx.moveTo(x, y - 14)
    ctx.bezierCurveTo(x + side * 2, y - 25, x + side * 11, y - 28, x + side * 15, y - 27)
    ctx.bezierCurveTo(x + side * 14, y - 20, x + side * 8, y - 13, x, y - 14)
    ctx.fill()
  }
}
