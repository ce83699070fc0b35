import type { CurveStretch } from '../../shared/domain/curve'
import type { Segment } from '../../shared/schedule'
import { axisThrough, IMAGES_AXIS, type Axis, type Knot } from '../draw/axis'
import { NO_CURVES, stretchesIn, wholeRun, type Curves, type Window } from './curves'

/** What runs along the charts' lower side. */
export const AXIS_KINDS = ['images', 'time', 'stage'] as const
/** One of {@link AXIS_KINDS}. */
export type AxisKind = (typeof AXIS_KINDS)[number]

/** Stretches that a chart draws at most: more would be less than a pixel each. */
export const MOST_DRAWN = 600
/** Milliseconds between two looks at a run that trains. */
const LOOK_MS = 400
/** Milliseconds that a window must stay before more detail is asked for. */
const SETTLE_MS = 200
/** A window is never narrower than this part of the run. */
const NARROWEST = 1e-5

/** Reads a window of a run's ticks; see the library's `runCurve`. */
export type ReadCurve = (window: Window, most: number) => Promise<CurveStretch[]>

/** What all charts of one run share: what they show of it, how, and where the pointer is. */
export class Charts {
  /** 0 (as measured) to 0.99. */
  smoothing = $state(0.6)
  logScale = $state(false)
  axisKind: AxisKind = $state('images')
  /** What is zoomed into, in images seen; null follows the whole run. */
  window: Window | null = $state.raw(null)
  /** Images seen under the pointer, or where the arrow keys lead; null for nowhere. */
  hover: number | null = $state(null)
  /** The curves as last looked at. */
  shown: Curves = $state.raw(NO_CURVES)
  /** The run's qualities, oldest first: moments of their own between the ticks. */
  qualities: readonly CurveStretch[] = $state.raw([])
  #detail: readonly CurveStretch[] = $state.raw([])
  readonly #read: ReadCurve
  #segments: readonly Segment[] = $state.raw([])
  #newest: Curves = NO_CURVES
  #lookTimer: ReturnType<typeof setTimeout> | null = null
  #detailTimer: ReturnType<typeof setTimeout> | null = null
  #asked = 0

  constructor(read: ReadCurve) {
    this.#read = read
  }

  /** What the charts draw, oldest first. */
  readonly stretches = $derived(stretchesIn(this.shown, this.window, MOST_DRAWN, this.#detail))
  /** The window's qualities; one more at either side, so that lines go on beyond. */
  readonly shownQualities = $derived.by(() => {
    const { qualities, window } = this
    if (window === null) return qualities
    const before = qualities.filter(({ toImages }) => toImages < window.from).slice(-1)
    const inside = qualities.filter(
      ({ toImages }) => toImages >= window.from && toImages <= window.to,
    )
    return [
      ...before,
      ...inside,
      ...qualities.filter(({ toImages }) => toImages > window.to).slice(0, 1),
    ]
  })
  /** The quality nearest to {@link hover}. */
  readonly hoveredQuality: CurveStretch | null = $derived.by(() => {
    const known = this.shownQualities.filter(({ mean }) => mean.some((value) => value !== null))
    return this.hover === null ? null : nearest(known, this.hover)
  })
  /** Images from the run's first to its last tick. */
  readonly extent: Window = $derived.by(() => {
    const whole = wholeRun(this.shown)
    return { from: whole[0]?.fromImages ?? 0, to: whole.at(-1)?.toImages ?? 0 }
  })
  /** What the charts show from their left to their right side. */
  readonly view = $derived(this.window ?? this.extent)
  readonly axis: Axis = $derived.by(() => {
    if (this.axisKind === 'images') return IMAGES_AXIS
    return axisThrough(
      this.axisKind === 'time' ? timeKnots(wholeRun(this.shown)) : stageKnots(this.#segments),
    )
  })
  /** The stretch nearest to {@link hover}. */
  readonly hovered: CurveStretch | null = $derived.by(() => {
    const at = this.hover
    if (at === null) return null
    return nearest(this.stretches, at)
  })

  /** Takes the curves in: at once when it was long ago, else a moment later. */
  follow(curves: Curves, segments: readonly Segment[]): void {
    this.#segments = segments
    this.#newest = curves
    if (this.#lookTimer !== null) return
    this.shown = curves
    this.#lookTimer = setTimeout(() => {
      this.#lookTimer = null
      if (this.#newest !== this.shown) this.follow(this.#newest, this.#segments)
    }, LOOK_MS)
  }

  /** Shows a window (in images, either way round) as far as there is something to see; all of it follows again. */
  show(from: number, to: number): void {
    const { extent } = this
    const span = Math.max(Math.abs(to - from), (extent.to - extent.from) * NARROWEST, 1)
    const middle = (from + to) / 2
    const low = Math.max(extent.from, middle - span / 2)
    const high = Math.min(extent.to, middle + span / 2)
    if (!(high > low)) return
    const all = low <= extent.from && high >= extent.to
    this.window = all ? null : { from: low, to: high }
    this.#settle()
  }

  /** Zooms by `factor` (below 1 zooms in) with a place, in images, that stays where it is. */
  zoom(factor: number, about: number): void {
    const { axis, view } = this
    const [left, place, right] = [axis.of(view.from), axis.of(about), axis.of(view.to)]
    this.show(
      axis.imagesAt(place - (place - left) * factor),
      axis.imagesAt(place + (right - place) * factor),
    )
  }

  /** Moves the window by a part of its width. */
  pan(part: number): void {
    const { axis, view, extent } = this
    const [left, right] = [axis.of(view.from), axis.of(view.to)]
    const [low, high] = [axis.of(extent.from), axis.of(extent.to)]
    const by = Math.min(high - right, Math.max(low - left, part * (right - left)))
    if (this.window !== null) this.show(axis.imagesAt(left + by), axis.imagesAt(right + by))
  }

  reset(): void {
    this.window = null
    this.#settle()
  }

  /** Moves the pointer's place by some stretches, from the newest when it is nowhere. */
  step(by: number): void {
    const { stretches, hovered } = this
    if (stretches.length === 0) return
    const at = hovered === null ? stretches.length : stretches.indexOf(hovered) + by
    this.hover = stretches[Math.min(stretches.length - 1, Math.max(0, at))]!.toImages
  }

  /** Reads finer detail of what is shown. */
  async refine(): Promise<void> {
    const asked = ++this.#asked
    const { window } = this
    try {
      const detail = await this.#read(
        window ?? { from: 0, to: Number.MAX_SAFE_INTEGER },
        MOST_DRAWN,
      )
      if (asked === this.#asked) this.#detail = detail
    } catch {
      // The file may be busy or gone; what is at hand is drawn.
    }
  }

  /** Forgets what was read of the file: it is no longer so. */
  forget(): void {
    this.#detail = []
    this.#settle()
  }

  close(): void {
    if (this.#lookTimer !== null) clearTimeout(this.#lookTimer)
    if (this.#detailTimer !== null) clearTimeout(this.#detailTimer)
    this.#asked++
  }

  #settle(): void {
    if (this.#detailTimer !== null) clearTimeout(this.#detailTimer)
    this.#detailTimer = setTimeout(() => void this.refine(), SETTLE_MS)
  }
}

/** Time of training, in seconds, at each stretch's end. */
function timeKnots(stretches: readonly CurveStretch[]): Knot[] {
  const knots: Knot[] = [[0, 0]]
  let seconds = 0
  for (const stretch of stretches) {
    seconds += stretch.seconds
    knots.push([stretch.toImages, seconds])
  }
  return knots
}

/** Each stage is as wide as the others: stage 0 from 0 to 1, and so on. */
function stageKnots(segments: readonly Segment[]): Knot[] {
  const firsts = segments.filter(({ stage }, i) => i === 0 || segments[i - 1]!.stage !== stage)
  const end = segments[segments.length - 1]
  return [
    ...firsts.map(({ start, stage }): Knot => [start, stage]),
    ...(end === undefined ? [] : [[end.end, end.stage + 1] as const]),
  ]
}

function nearest(stretches: readonly CurveStretch[], images: number): CurveStretch | null {
  let best: CurveStretch | null = null
  for (const stretch of stretches) {
    const distance = Math.abs(stretch.toImages - images)
    if (best === null || distance <= Math.abs(best.toImages - images)) best = stretch
  }
  return best
}
