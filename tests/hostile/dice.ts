/** Chance that repeats: equal seeds give equal throws (the mulberry32 generator). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to below 1. */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to below `most`. */
  below(most: number): number {
    return Math.floor(this.share() * most)
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }
}

/** Numbers at which programs that read files go wrong. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff]
const LARGER_EDGES = [0x80000000, 0xfffffffe, 0xffffffff]

type Change = (bytes: Buffer, dice: Dice) => Buffer

const truncate: Change = (bytes, dice) => bytes.subarray(0, dice.below(bytes.length))

const flip: Change = (bytes, dice) => {
  const flips = 1 + dice.below(8)
  for (let i = 0; i < flips; i++) bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8)
  return bytes
}

/** Most of what a file promises stands at its beginning. */
const flipHead: Change = (bytes, dice) => {
  const head = Math.min(bytes.length, 200)
  for (let i = 0; i <= dice.below(4); i++) bytes[dice.below(head)] = dice.below(256)
  return bytes
}

const edge: Change = (bytes, dice) => {
  if (bytes.length < 8) return bytes
  const at = dice.below(Math.min(bytes.length, dice.one([64, 512, Infinity])) - 4)
  const value = dice.one([...EDGES, ...LARGER_EDGES])
  const write = dice.one(['writeUInt32BE', 'writeUInt32LE'] as const)
  bytes[write](value, Math.max(0, at))
  return bytes
}

const cutOut: Change = (bytes, dice) => {
  const from = dice.below(bytes.length)
  const to = Math.min(bytes.length, from + 1 + dice.below(64))
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
}

const repeat: Change = (bytes, dice) => {
  const from = dice.below(bytes.length)
  const part = bytes.subarray(from, from + 1 + dice.below(400))
  const copies = Array.from({ length: 1 + dice.below(5) }, () => part)
  return Buffer.concat([bytes.subarray(0, from), ...copies, bytes.subarray(from)])
}

const insert: Change = (bytes, dice) => {
  const at = dice.below(bytes.length)
  const more = dice.bytes(1 + dice.below(64))
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
}

const blank: Change = (bytes, dice) => {
  const from = dice.below(bytes.length)
  const to = Math.min(bytes.length, from + 1 + dice.below(bytes.length))
  bytes.fill(dice.one([0, 0xff, 0x41]), from, to)
  return bytes
}

const CHANGES: readonly Change[] = [
  truncate,
  flip,
  flipHead,
  flipHead,
  edge,
  edge,
  edge,
  cutOut,
  repeat,
  insert,
  blank,
]

/** A copy of a file with one to four things done to it that damage or malice do. */
export function spoilt(file: Uint8Array, dice: Dice): Buffer {
  let bytes: Buffer = Buffer.from(file)
  for (let i = 0; i <= dice.below(4) && bytes.length > 0; i++) {
    bytes = Buffer.from(dice.one(CHANGES)(bytes, dice))
  }
  return bytes
}
