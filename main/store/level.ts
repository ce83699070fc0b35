import { basename } from 'node:path'
import { explained } from '../../shared/domain/explanation'
import type { Resolution } from '../../shared/domain/resolution'
import { reading, type Connection } from './database'
import { unpack } from './packing'

/** All pictures of a dataset at one resolution. */
export type Level = {
  /** Pictures, numbered from 0. */
  readonly count: number
  readonly resolution: Resolution
  readonly channels: number
  /**
   * Writes the pictures of the given numbers one after the other into `into`: uint8, rows of pixels of
   * interleaved channels. Throws a RangeError for a number past the end or an `into` of another size.
   */
  read(indices: Uint32Array, into: Uint8Array): void
}

/** Up to here a level is held in memory as a whole, unless asked otherwise. */
export const LEVEL_MEMORY_BYTES = 256 << 20

type LevelShape = Pick<Level, 'count' | 'resolution' | 'channels'>

/** Opens the level with pictures 0 to `count - 1` of an open dataset; `path` is for messages. */
export function openLevel(
  connection: Connection,
  path: string,
  shape: LevelShape,
  memoryBytes: number,
): Level {
  const { count, resolution, channels } = shape
  const size = resolution * resolution * channels
  const unpackInto: Unpack = (number, data, into) => {
    try {
      if (data === undefined) throw new RangeError('it is missing')
      unpack(data, resolution, channels, into)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const id = basename(path, '.sqlite')
      const values = { file: path, number, size: `${resolution}`, detail: reason, id }
      throw explained('picture_damaged', values, { cause: error })
    }
  }
  const open = count * size > memoryBytes ? onDemand : inMemory
  const readOne = reading(path, () => open(connection, shape, size, unpackInto))
  return {
    ...shape,
    read: (indices, into) => {
      checkRead(indices, into, count, size)
      reading(path, () =>
        indices.forEach((index, i) => readOne(index, into.subarray(i * size, (i + 1) * size))),
      )
    },
  }
}

type Unpack = (number: number, data: Uint8Array | undefined, into: Uint8Array) => void
type ReadOne = (index: number, into: Uint8Array) => void

function checkRead(indices: Uint32Array, into: Uint8Array, count: number, size: number): void {
  if (into.length !== indices.length * size) {
    throw new RangeError(
      `${indices.length} pictures need ${indices.length * size} bytes, not ${into.length}`,
    )
  }
  for (const index of indices) {
    if (index >= count) throw new RangeError(`There is no picture ${index} among ${count}`)
  }
}

function onDemand(
  connection: Connection,
  { resolution }: LevelShape,
  _size: number,
  unpackInto: Unpack,
): ReadOne {
  const select = connection
    .prepare<[number, number], Buffer>(
      'SELECT data FROM pixels WHERE place = (CAST(? AS INTEGER) << 32) + ?',
    )
    .pluck()
  return (index, into) => unpackInto(index, select.get(resolution, index), into)
}

function inMemory(
  connection: Connection,
  { count, resolution }: LevelShape,
  size: number,
  unpackInto: Unpack,
): ReadOne {
  const all = new Uint8Array(count * size)
  const rows = connection
    .prepare<[number, number, number], [number, Buffer]>(
      `SELECT place & 0xffffffff, data FROM pixels
       WHERE place >= (CAST(? AS INTEGER) << 32) AND place < (CAST(? AS INTEGER) << 32) + ?
       ORDER BY place`,
    )
    .raw()
  let read = 0
  for (const [number, data] of rows.iterate(resolution, resolution, count)) {
    if (number !== read) unpackInto(read, undefined, all)
    unpackInto(number, data, all.subarray(number * size, (number + 1) * size))
    read++
  }
  if (read !== count) unpackInto(read, undefined, all)
  return (index, into) => into.set(all.subarray(index * size, (index + 1) * size))
}
