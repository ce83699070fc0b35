import { onnx } from 'onnx-proto'
import type { StoredTensor } from '../store/runFile'

type Attributes = Readonly<Record<string, number | readonly number[]>>

const IR_VERSION = 8
const OPSET = 17

/** What the model says of itself in its metadata. */
export type ModelNotes = Readonly<Record<string, string>>

/** Gathers nodes and constants of a generator's graph. Names stand for what nodes answer. */
export class GraphWriter {
  readonly #tensors: ReadonlyMap<string, StoredTensor>
  readonly #nodes: onnx.INodeProto[] = []
  readonly #constants: onnx.ITensorProto[] = []

  constructor(tensors: ReadonlyMap<string, StoredTensor>) {
    this.#tensors = tensors
  }

  /** One of the generator's averaged tensors. */
  tensor(name: string): StoredTensor {
    const found = this.#tensors.get(`average/${name}`)
    if (found === undefined) throw new Error(`The checkpoint lacks the tensor average/${name}.`)
    return found
  }

  /** A tensor of the generator as it lies, as a constant. */
  weights(name: string): string {
    const { values, shape } = this.tensor(name)
    return this.constant(values, shape, name)
  }

  /** Numbers as a constant; answers its name. */
  constant(
    values: Float32Array,
    dims: readonly number[],
    name = `constant${this.#constants.length}`,
  ) {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const dataType = onnx.TensorProto.DataType.FLOAT
    this.#constants.push({ name, dataType, dims: [...dims], rawData })
    return name
  }

  /** Whole numbers as a constant of int64; answers its name. */
  integers(values: readonly number[]): string {
    const name = `constant${this.#constants.length}`
    const { buffer } = BigInt64Array.from(values, BigInt)
    const dataType = onnx.TensorProto.DataType.INT64
    this.#constants.push({ name, dataType, dims: [values.length], rawData: new Uint8Array(buffer) })
    return name
  }

  /** Adds a node; answers its name. */
  node(
    opType: string,
    input: readonly string[],
    attributes: Attributes = {},
    output = `${opType}${this.#nodes.length}`,
    texts: Readonly<Record<string, string>> = {},
  ): string {
    const attribute = [
      ...Object.entries(attributes).map(([name, value]) => numeric(name, value)),
      ...Object.entries(texts).map(([name, text]) => ({
        name,
        type: onnx.AttributeProto.AttributeType.STRING,
        s: new TextEncoder().encode(text),
      })),
    ]
    this.#nodes.push({ name: output, opType, input: [...input], output: [output], attribute })
    return output
  }

  /** The model's bytes. */
  finish(
    input: onnx.IValueInfoProto[],
    output: onnx.IValueInfoProto,
    notes: ModelNotes,
  ): Uint8Array {
    const model = onnx.ModelProto.create({
      irVersion: IR_VERSION,
      producerName: 'sprout',
      opsetImport: [{ domain: '', version: OPSET }],
      metadataProps: Object.entries(notes).map(([key, value]) => ({ key, value })),
      graph: {
        name: 'generator',
        node: this.#nodes,
        initializer: this.#constants,
        input,
        output: [output],
      },
    })
    return onnx.ModelProto.encode(model).finish()
  }
}

/** Attributes that hold a number with a fraction. */
const FLOAT_ATTRIBUTES = ['alpha', 'epsilon']

function numeric(name: string, value: number | readonly number[]): onnx.IAttributeProto {
  const types = onnx.AttributeProto.AttributeType
  if (typeof value !== 'number') return { name, type: types.INTS, ints: [...value] }
  if (FLOAT_ATTRIBUTES.includes(name)) return { name, type: types.FLOAT, f: value }
  return { name, type: types.INT, i: value }
}

/** A port of any batch, then `sizes`; `elemType` is ONNX's. */
export function port(
  name: string,
  elemType: number,
  sizes: readonly number[],
): onnx.IValueInfoProto {
  const dim = [{ dimParam: 'batch' }, ...sizes.map((dimValue) => ({ dimValue }))]
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}
