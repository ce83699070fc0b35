import { SvelteMap } from 'svelte/reactivity'
import type { LatentPoint, Sample } from '../../shared/domain/sample'
import type { DrawnPictures } from '../../shared/protocol/gallery'
import type { SamplePicture } from '../draw/samplePicture'
import { errorWords } from './problemWords'

/** What pictures are drawn from. */
export type SampleSource = { runId: string; checkpointId: number; truncation: number }

/** Draws points, as the library does. */
export type DrawPoints = (asked: SampleSource & { points: LatentPoint[] }) => Promise<DrawnPictures>

/** Who wants pictures; those before are served first. */
const SLOTS = ['detail', 'grid', 'favourites', 'walk'] as const
export type Slot = (typeof SLOTS)[number]

/** Points of one request: few, so that what is wanted next does not wait for long; fewer where pictures are large. */
const MOST_POINTS = 8
const MOST_PIXELS = 1 << 18
/** Bytes of pictures that are kept beside those that are wanted. */
const KEPT_BYTES = 64 << 20

type Kept = SamplePicture & { readonly generation: number }

/** A point's name among the loaded pictures. */
export function keyOf(point: LatentPoint): string {
  if (point.kind === 'sample') return nameOf(point)
  return `${nameOf(point.from)}>${nameOf(point.to)}@${point.share.toFixed(5)}${point.path[0]}`
}

function nameOf({ seed, className }: Sample): string {
  return className === null ? `${seed}` : `${seed}:${className}`
}

/**
 * Gets pictures of points. Everyone who wants some says so anew whenever that changes; what nobody wants any more is
 * never asked for, so the newest wishes come first. Pictures of an older source are shown until the new ones are here.
 */
export class SampleLoader {
  readonly #pictures = new SvelteMap<string, Kept>()
  readonly #draw: DrawPoints
  readonly #wanted = new Map<Slot, Map<string, LatentPoint>>()
  #source: SampleSource | null = null
  #generation = $state(0)
  #busy = false
  #batch = MOST_POINTS
  /** Why the last request failed; null once one went well. */
  error: string | null = $state(null)

  constructor(draw: DrawPoints) {
    this.#draw = draw
  }

  /** The newest picture of a point, perhaps of the source before; null while there is none. */
  picture(point: LatentPoint): SamplePicture | null {
    return this.#pictures.get(keyOf(point)) ?? null
  }

  /** Whether the picture of a point is there and is the source's at hand. */
  isFresh(point: LatentPoint): boolean {
    return this.#pictures.get(keyOf(point))?.generation === this.#generation
  }

  /** Draws from now on from `source`; null draws nothing. */
  setSource(source: SampleSource | null): void {
    this.#source = source
    this.#generation++
    this.error = null
    void this.#pump()
  }

  /** Replaces what a slot wants, first things first. */
  want(slot: Slot, points: readonly LatentPoint[]): void {
    this.#wanted.set(slot, new Map(points.map((point) => [keyOf(point), point])))
    void this.#pump()
  }

  /** Wants nothing any more. */
  close(): void {
    this.#source = null
    this.#wanted.clear()
  }

  async #pump(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      // Not while the call that wished is under way: what else it wishes comes in as one.
      await Promise.resolve()
      for (;;) {
        const source = this.#source
        const points = this.#next()
        if (source === null || points.length === 0) return
        await this.#get(source, points)
      }
    } finally {
      this.#busy = false
    }
  }

  async #get(source: SampleSource, points: LatentPoint[]): Promise<void> {
    const generation = this.#generation
    try {
      const drawn = await this.#draw({ ...source, points })
      if (generation !== this.#generation) return
      const size = drawn.pixels.length / points.length
      const { resolution, channels } = drawn
      this.#batch = Math.max(1, Math.min(MOST_POINTS, Math.floor(MOST_PIXELS / resolution ** 2)))
      points.forEach((point, i) => {
        const pixels = drawn.pixels.slice(i * size, (i + 1) * size)
        const key = keyOf(point)
        this.#pictures.delete(key)
        this.#pictures.set(key, { resolution, channels, pixels, generation })
      })
      this.error = null
      this.#forgetOld()
    } catch (error) {
      if (generation !== this.#generation) return
      this.error = errorWords(error)
      this.#source = null
    }
  }

  /** What has no picture yet comes before what has an old one, so that a source that changes often starves nobody. */
  #next(): LatentPoint[] {
    for (const slot of SLOTS) {
      const wanted = [...(this.#wanted.get(slot) ?? [])]
      const missing = wanted.filter(([key]) => !this.#pictures.has(key))
      const stale = wanted.filter(([key]) => {
        const kept = this.#pictures.get(key)
        return kept !== undefined && kept.generation !== this.#generation
      })
      const next = [...missing, ...stale].slice(0, this.#batch)
      if (next.length > 0) return next.map(([, point]) => point)
    }
    return []
  }

  #forgetOld(): void {
    const isWanted = (key: string) => [...this.#wanted.values()].some((slot) => slot.has(key))
    let bytes = 0
    for (const { pixels } of this.#pictures.values()) bytes += pixels.length
    for (const [key, { pixels }] of this.#pictures) {
      if (bytes <= KEPT_BYTES) return
      if (isWanted(key)) continue
      bytes -= pixels.length
      this.#pictures.delete(key)
    }
  }
}
