import {
  walkPoints,
  type LatentPath,
  type LatentPoint,
  type Sample,
} from '../../shared/domain/sample'
import type { SampleLoader } from './sampleLoader.svelte'

/** Frames a second of the preview. */
const FRAMES_PER_SECOND = 20

/** A walk between samples, played on a canvas as its frames come in. */
export class WalkPlayer {
  /** Stops in order. */
  stops: Sample[] = $state.raw([])
  path: LatentPath = $state('spherical')
  loop = $state(true)
  seconds = $state(6)
  playing = $state(false)
  /** Number of the frame that is shown. */
  frame = $state(0)
  readonly #loader: SampleLoader
  #request = 0
  #shownAt = 0

  constructor(loader: SampleLoader) {
    this.#loader = loader
  }

  readonly possible = $derived(this.stops.length >= 2)
  readonly frames: LatentPoint[] = $derived.by(() => {
    if (!this.possible) return []
    const walk = { stops: this.stops, path: this.path, loop: this.loop }
    return walkPoints(walk, Math.max(2, Math.round(this.seconds * FRAMES_PER_SECOND)))
  })
  readonly picture = $derived.by(() => {
    const point = this.frames[Math.min(this.frame, this.frames.length - 1)]
    return point === undefined ? null : this.#loader.picture(point)
  })
  /** Frames that are here, of all. */
  readonly ready = $derived(this.frames.filter((point) => this.#loader.isFresh(point)).length)

  /** Frames in the order in which they are wanted: from the one at hand on, then those before. */
  readonly wanted = $derived.by(() => {
    const { frames } = this
    if (!this.playing) {
      const point = frames[Math.min(this.frame, frames.length - 1)]
      return point === undefined ? [] : [point]
    }
    return frames
  })

  play(): void {
    if (!this.possible || this.playing) return
    this.playing = true
    if (!this.loop && this.frame >= this.frames.length - 1) this.frame = 0
    this.#shownAt = performance.now()
    this.#request = requestAnimationFrame((now) => this.#tick(now))
  }

  pause(): void {
    this.playing = false
    cancelAnimationFrame(this.#request)
  }

  /** Goes to a frame, e.g. by a slider. */
  seek(frame: number): void {
    this.frame = Math.min(Math.max(0, frame), Math.max(0, this.frames.length - 1))
  }

  /** Shows the next frame once its time has come and its picture is here: slow drawing makes a slow walk, not gaps. */
  #tick(now: number): void {
    if (!this.playing) return
    const count = this.frames.length
    if (count === 0) return this.pause()
    const atEnd = this.frame >= count - 1
    const next = atEnd ? 0 : this.frame + 1
    if (atEnd && !this.loop) return this.pause()
    const due = now - this.#shownAt >= 1000 / FRAMES_PER_SECOND - 1
    if (due && this.#loader.isFresh(this.frames[next]!)) {
      this.frame = next
      this.#shownAt = now
    }
    this.#request = requestAnimationFrame((later) => this.#tick(later))
  }
}
