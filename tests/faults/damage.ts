import { readFileSync } from 'node:fs'
import type { Chance } from './kills'

/** What happens to files on failing disks, in broken transfers and by careless hands. */
export const DAMAGES = [
  'cut short',
  'zeroed in the middle',
  'flipped bits',
  'a page of another',
  'no first page',
  'noise',
  'grown',
] as const
/** One of {@link DAMAGES}. */
export type Damage = (typeof DAMAGES)[number]

const PAGE = 4096

/** A copy of a file's bytes with a damage of a kind somewhere. */
export function damaged(bytes: Buffer, kind: Damage, chance: Chance): Buffer {
  const copy = Buffer.from(bytes)
  const pages = Math.floor(copy.length / PAGE)
  switch (kind) {
    case 'cut short':
      return copy.subarray(0, chance.whole(copy.length))
    case 'zeroed in the middle': {
      const from = chance.whole(copy.length)
      return copy.fill(0, from, Math.min(copy.length, from + 1 + chance.whole(3 * PAGE)))
    }
    case 'flipped bits':
      for (let i = 0; i <= chance.whole(12); i++) {
        copy[chance.whole(copy.length)]! ^= 1 << chance.whole(8)
      }
      return copy
    case 'a page of another': {
      const [from, to] = [chance.whole(pages), chance.whole(pages)]
      bytes.copy(copy, to * PAGE, from * PAGE, (from + 1) * PAGE)
      return copy
    }
    case 'no first page':
      return copy.fill(chance.whole(256), 0, PAGE)
    case 'noise': {
      const from = chance.whole(copy.length)
      for (let i = from; i < Math.min(copy.length, from + 600); i++) copy[i] = chance.whole(256)
      return copy
    }
    case 'grown':
      return Buffer.concat([copy, Buffer.alloc(chance.whole(2 * PAGE), chance.whole(256))])
    default:
      return kind satisfies never
  }
}

/** The bytes of a closed database file. */
export function bytesOf(file: string): Buffer {
  return readFileSync(file)
}
