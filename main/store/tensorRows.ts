import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import { isNonsense, type Connection } from './database'

/** A tensor in logical (engine-free) layout, row-major. */
export type StoredTensor = { shape: number[]; values: Float32Array }

/** Is given intact tensors, one at a time. */
export type TakeTensor = (name: string, tensor: StoredTensor) => void

type TensorRow = { name: string; shape: string; sha256: Buffer; data: Buffer }

/** Writes the tensors of a checkpoint: float32 little-endian, each with its checksum. Throws where a shape does not fit. */
export function insertTensors(
  connection: Connection,
  checkpointId: number | bigint,
  tensors: ReadonlyMap<string, StoredTensor>,
): void {
  const add = connection.prepare(
    'INSERT INTO tensors (checkpoint_id, name, shape, sha256, data) VALUES (?, ?, ?, ?, ?)',
  )
  for (const [name, { shape, values }] of tensors) {
    checkShape(name, shape, values)
    const shapeText = JSON.stringify(shape)
    const data = toLittleEndian(values)
    add.run(checkpointId, name, shapeText, checksum(name, shapeText, data), data)
  }
}

/** Gives the tensor `id` to `take` if it is intact; else answers a sentence that tells what is wrong with it. */
export function readTensor(
  connection: Connection,
  id: number,
  where: string,
  take: TakeTensor,
): string[] {
  // What a damaged file answers may be of any type, or nothing.
  const read = <T>(columns: string): Partial<T> | undefined =>
    connection.prepare<[number], Partial<T>>(`SELECT ${columns} FROM tensors WHERE id = ?`).get(id)
  let label = `A tensor ${where}`
  try {
    const { name } = read<Pick<TensorRow, 'name'>>('name') ?? {}
    if (typeof name !== 'string') return [`${label} has no name.`]
    label = `Tensor ${name} ${where}`
    const { shape, sha256, data } = read<TensorRow>('name, shape, sha256, data') ?? {}
    if (typeof shape !== 'string' || !Buffer.isBuffer(sha256) || !Buffer.isBuffer(data)) {
      return [`${label} is damaged: it is no tensor.`]
    }
    if (!checksum(name, shape, data).equals(sha256)) {
      return [`${label} is damaged: its bytes do not match their checksum.`]
    }
    take(name, { shape: JSON.parse(shape) as number[], values: fromLittleEndian(data) })
    return []
  } catch (error) {
    if (!isNonsense(error)) throw error
    return [`${label} cannot be read: ${error.message}.`]
  }
}

/** Covers the name and shape too, so that tensors whose rows were mixed up do not pass. */
export function checksum(name: string, shape: string, data: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n${shape}\n`).update(data).digest()
}

function checkShape(name: string, shape: readonly number[], values: Float32Array): void {
  const size = shape.reduce((product, side) => product * side, 1)
  if (size !== values.length) {
    throw new Error(
      `Tensor ${name} has ${values.length} values, which do not fill its shape [${shape.join(', ')}].`,
    )
  }
}

function toLittleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32()
}

function fromLittleEndian(data: Buffer): Float32Array {
  const values = new Float32Array(data.length / Float32Array.BYTES_PER_ELEMENT)
  const bytes = Buffer.from(values.buffer)
  data.copy(bytes)
  if (endianness() !== 'LE') bytes.swap32()
  return values
}
