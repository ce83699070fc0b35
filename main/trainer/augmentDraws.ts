import type { Augmentation } from '../../shared/domain/trainConfig'
import { randomStream } from './random'

/** Numbers that each picture's augmentation takes. */
export const DRAWS_PER_PICTURE: Readonly<Record<Augmentation, number>> = {
  color: 3,
  translation: 2,
  cutout: 2,
}

/** The step's input with an augmentation's numbers, [count, {@link DRAWS_PER_PICTURE}], for its reals or its fakes. */
export function drawName(kind: Augmentation, of: 'reals' | 'fakes'): string {
  return `${kind}/${of}`
}

/** The largest shift of a translation, in pixels: an eighth of the side, halves rounded up. */
export function largestShift(resolution: number): number {
  return Math.floor(resolution / 8 + 0.5)
}

/** The side of the square that is cut out, in pixels: half of the picture's. */
export function holeSize(resolution: number): number {
  return resolution / 2
}

/**
 * The numbers that one step's augmentations take for `count` pictures, by input name. They follow from seed and step alone, each kind's
 * from a stream of its own, with the ranges of the published method:
 * - `color`: brightness plus -0.5 to 0.5 (of a range of -1 to 1), saturation times 0 to 2, contrast times 0.5 to 1.5;
 * - `translation`: rows and columns, each from minus to plus {@link largestShift};
 * - `cutout`: the hole's first row and column; its middle is anywhere in the picture, edges included.
 */
export function drawAugmentations(
  kinds: readonly Augmentation[],
  at: { seed: number; step: number; count: number; resolution: number },
): Record<string, Float32Array> {
  const draws: Record<string, Float32Array> = {}
  for (const kind of kinds) {
    for (const of of ['reals', 'fakes'] as const) {
      const stream = randomStream(at.seed, `augment/${drawName(kind, of)}`, at.step)
      const size = at.count * DRAWS_PER_PICTURE[kind]
      if (kind === 'color') {
        draws[drawName(kind, of)] = stream.uniforms(size).map((u, i) => {
          if (i % 3 === 0) return u - 0.5
          return i % 3 === 1 ? 2 * u : 0.5 + u
        })
        continue
      }
      const reach = kind === 'translation' ? largestShift(at.resolution) : at.resolution / 2
      const least = kind === 'translation' ? -reach : -holeSize(at.resolution) / 2
      draws[drawName(kind, of)] = Float32Array.from(
        { length: size },
        () => least + stream.int(2 * reach + 1),
      )
    }
  }
  return draws
}
