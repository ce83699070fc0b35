import { joined, stretchOf, type CurveStretch } from '../../shared/domain/curve'
import type { Tick } from '../../shared/domain/trainEvent'

/** Stretches of up to `grain` ticks, oldest first: the newest {@link MAX_STRETCHES} of them. */
export type Level = { readonly grain: number; readonly stretches: readonly CurveStretch[] }

/**
 * A run's ticks as a pyramid. Each level has twice the grain of the one below it; the lowest has the newest ticks one by
 * one, the highest the whole run. So a run of any length takes little memory, is whole, and is fine at its end.
 */
export type Curves = { readonly levels: readonly Level[] }

/** A stretch of a run, in images seen. */
export type Window = { readonly from: number; readonly to: number }

/** Most stretches of one level: about as many as a chart has pixels. */
export const MAX_STRETCHES = 1024

/** Before any tick. */
export const NO_CURVES: Curves = { levels: [{ grain: 1, stretches: [] }] }

/** `curves` with a tick at their end; `at` is its time in milliseconds since 1970. */
export function withTick(curves: Curves, tick: Tick, at: number, max = MAX_STRETCHES): Curves {
  const before = curves.levels[0]!.stretches.at(-1)?.toImages ?? 0
  const stretch = stretchOf(tick, at, before)
  const levels = curves.levels.map((level) => appended(level, stretch))
  const top = levels.at(-1)!
  if (top.stretches.length > max) levels.push(coarser(top))
  return { levels: levels.map((level) => newest(level, max)) }
}

/** `curves` without what came after `imagesSeen`. */
export function upTo(curves: Curves, imagesSeen: number): Curves {
  const levels: Level[] = []
  for (const { grain, stretches } of curves.levels) {
    const kept = stretches.filter(({ toImages }) => toImages <= imagesSeen)
    const cut = stretches[kept.length]
    if (cut !== undefined && cut.fromImages <= imagesSeen) {
      kept.push(beginningOf(cut, imagesSeen, levels.at(-1)?.stretches ?? []))
    }
    levels.push({ grain, stretches: kept })
  }
  return { levels }
}

/** The part of a stretch up to `imagesSeen`: of what the finer level has where it has all of it, else reckoned. */
function beginningOf(
  stretch: CurveStretch,
  imagesSeen: number,
  finer: readonly CurveStretch[],
): CurveStretch {
  const parts = finer.filter(({ fromImages }) => fromImages >= stretch.fromImages)
  if (parts[0]?.fromImages === stretch.fromImages) return parts.reduce(joined)
  const { fromImages, toImages, seconds, weight } = stretch
  const share = (imagesSeen - fromImages) / (toImages - fromImages)
  return {
    ...stretch,
    toImages: imagesSeen,
    seconds: seconds * share,
    weight: Math.max(1, Math.round(weight * share)),
  }
}

/** The whole run, at the finest grain that has all of it. */
export function wholeRun(curves: Curves): readonly CurveStretch[] {
  return curves.levels.at(-1)!.stretches
}

/**
 * What is known of a window, oldest first, at the finest grain that reaches back to its beginning and has at most
 * `most` stretches in it; one more at either side, so that lines go on beyond. `detail` is what was read of the run's
 * file for this window or a larger one; it is taken where it is finer.
 */
export function stretchesIn(
  curves: Curves,
  window: Window | null,
  most: number,
  detail: readonly CurveStretch[] = [],
): readonly CurveStretch[] {
  const whole = wholeRun(curves)
  const from = window?.from ?? 0
  const to = window?.to ?? Infinity
  const begin = Math.max(from, whole[0]?.fromImages ?? 0)
  const fitting = curves.levels.find(({ stretches }) => {
    const reaches = (stretches[0]?.fromImages ?? Infinity) <= begin
    return reaches && countIn(stretches, from, to) <= most
  })
  const known = fitting?.stretches ?? whole
  const end = detail.at(-1)?.toImages ?? 0
  const until = Math.min(end, to)
  if (countIn(detail, from, until) <= countIn(known, from, until)) return within(known, from, to)
  return within([...detail, ...known.filter(({ fromImages }) => fromImages > end)], from, to)
}

function countIn(stretches: readonly CurveStretch[], from: number, to: number): number {
  let count = 0
  for (const { fromImages, toImages } of stretches) {
    if (toImages >= from && fromImages <= to) count++
  }
  return count
}

function within(
  stretches: readonly CurveStretch[],
  from: number,
  to: number,
): readonly CurveStretch[] {
  if (from <= 0 && to === Infinity) return stretches
  const first = stretches.findIndex(({ toImages }) => toImages >= from)
  if (first < 0) return stretches.slice(-1)
  const after = stretches.findIndex(({ fromImages }) => fromImages > to)
  return stretches.slice(Math.max(0, first - 1), after < 0 ? undefined : after + 1)
}

function appended({ grain, stretches }: Level, stretch: CurveStretch): Level {
  const last = stretches.at(-1)
  const full = last === undefined || last.weight + stretch.weight > grain
  return {
    grain,
    stretches: full ? [...stretches, stretch] : [...stretches.slice(0, -1), joined(last, stretch)],
  }
}

function coarser({ grain, stretches }: Level): Level {
  const pairs: CurveStretch[] = []
  for (let i = 0; i < stretches.length; i += 2) {
    const next = stretches[i + 1]
    pairs.push(next === undefined ? stretches[i]! : joined(stretches[i]!, next))
  }
  return { grain: 2 * grain, stretches: pairs }
}

function newest(level: Level, max: number): Level {
  if (level.stretches.length <= max) return level
  return { ...level, stretches: level.stretches.slice(-max) }
}
