import type { TrainConfig } from '../../shared/domain/trainConfig'

/** Aim for one engine call: short enough that pause answers at once, long enough to cost nothing. */
const CALL_MS = 200
/** Without a mosaic for so long one is drawn whatever the images. */
const MOSAIC_MS = 30_000
/** Share of the time that such mosaics may take at most. */
const MOSAIC_SHARE = 0.02

/** Decides how many steps one engine call takes, and when ticks, mosaics and checkpoints are due. */
export class Pace {
  #intervals: TrainConfig['intervals']
  /** Images of one step. */
  readonly #ofStep: number
  #stepMs: number | null = null
  #ticks = 0
  #mosaics = 0
  #checkpointAt = performance.now()
  #mosaicAt = performance.now()
  #mosaicMs = 0

  constructor(intervals: TrainConfig['intervals'], imagesOfStep: number) {
    this.#intervals = intervals
    this.#ofStep = imagesOfStep
  }

  /** Takes other intervals from here on. */
  keepTo(intervals: TrainConfig['intervals']): void {
    this.#intervals = intervals
  }

  /** Steps for the next call (at least 1): about {@link CALL_MS}, but not past the next thing due nor `end`. */
  stepsUntilDue(imagesSeen: number, end: number): number {
    const { tickImages, mosaicImages } = this.#intervals
    const next = Math.min(
      nextMultiple(imagesSeen, tickImages),
      nextMultiple(imagesSeen, mosaicImages),
    )
    const room = Math.ceil((Math.min(next, end) - imagesSeen) / this.#ofStep)
    const wanted = this.#stepMs === null ? 1 : Math.round(CALL_MS / this.#stepMs)
    this.#ticks = Math.floor(imagesSeen / tickImages)
    this.#mosaics = Math.floor(imagesSeen / mosaicImages)
    return Math.max(1, Math.min(wanted, room))
  }

  /** Takes note of a call of `steps` steps that lasted `milliseconds`. */
  ran(steps: number, milliseconds: number): void {
    if (steps > 0) this.#stepMs = milliseconds / steps
  }

  /** True when `imagesSeen` reached the tick's next multiple since the last call, or `end`. */
  tickDue(imagesSeen: number, end: number): boolean {
    return imagesSeen >= end || Math.floor(imagesSeen / this.#intervals.tickImages) > this.#ticks
  }

  /** As {@link tickDue}, for mosaics. */
  mosaicDue(imagesSeen: number, end: number): boolean {
    return (
      imagesSeen >= end || Math.floor(imagesSeen / this.#intervals.mosaicImages) > this.#mosaics
    )
  }

  /** True when no mosaic was drawn for {@link MOSAIC_MS}, or longer where drawing one takes long. */
  interimMosaicDue(): boolean {
    const wait = Math.max(MOSAIC_MS, this.#mosaicMs / MOSAIC_SHARE)
    return performance.now() - this.#mosaicAt >= wait
  }

  /** Takes note of a mosaic that took `milliseconds`. */
  mosaicDrawn(milliseconds: number): void {
    this.#mosaicAt = performance.now()
    this.#mosaicMs = milliseconds
  }

  /** Milliseconds that the last mosaic took; 0 before the first. */
  get mosaicMs(): number {
    return this.#mosaicMs
  }

  checkpointDue(): boolean {
    return performance.now() - this.#checkpointAt >= 1000 * this.#intervals.checkpointSeconds
  }

  checkpointSaved(): void {
    this.#checkpointAt = performance.now()
  }
}

function nextMultiple(value: number, interval: number): number {
  return (Math.floor(value / interval) + 1) * interval
}
