import { onnx } from 'onnx-proto'

/** Domain of ONNX Runtime's blocked-layout kernels. */
export const NCHWC = 'com.microsoft.nchwc'
/** Domain of ONNX Runtime's own further operations. */
export const MICROSOFT = 'com.microsoft'

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly text: string }

export type OnnxNode = {
  readonly type: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export type OnnxType = 'float32' | 'uint8' | 'int32' | 'int64'

export type OnnxConstant = {
  readonly name: string
  readonly type: OnnxType
  readonly dims: readonly number[]
  readonly data: Float32Array | Int32Array | BigInt64Array
}

export type OnnxPort = {
  readonly name: string
  readonly type: OnnxType
  readonly dims: readonly number[]
}

export type OnnxGraph = {
  readonly nodes: readonly OnnxNode[]
  readonly constants: readonly OnnxConstant[]
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
}

const IR_VERSION = 8
const OPSET = 18

/** An output that an {@link encode}d model may have before all others: an empty sequence, which is no tensor. */
export const SENTINEL = 'sentinel'
const SEQUENCE: onnx.IValueInfoProto = {
  name: SENTINEL,
  type: {
    sequenceType: { elemType: { tensorType: { elemType: onnx.TensorProto.DataType.FLOAT } } },
  },
}

/** The graph as the bytes of an ONNX file; with {@link SENTINEL} as its first output where that is wanted. */
export function encode(name: string, graph: OnnxGraph, { sentinel = false } = {}): Uint8Array {
  const domains = new Set(['', ...graph.nodes.map((node) => node.domain)])
  const model = onnx.ModelProto.create({
    irVersion: IR_VERSION,
    producerName: 'sprout',
    opsetImport: [...domains].map((domain) => ({ domain, version: domain === '' ? OPSET : 1 })),
    graph: {
      name,
      node: [
        ...(sentinel ? [{ opType: 'SequenceEmpty', output: [SENTINEL] }] : []),
        ...graph.nodes.map((node, i) => ({
          name: `${node.type}${i}`,
          opType: node.type,
          domain: node.domain,
          input: [...node.inputs],
          output: [node.output],
          attribute: Object.entries(node.attributes).map(([key, value]) => attribute(key, value)),
        })),
      ],
      initializer: graph.constants.map((constant) => ({
        name: constant.name,
        dataType: elementType(constant.type),
        dims: [...constant.dims],
        rawData: new Uint8Array(
          constant.data.buffer,
          constant.data.byteOffset,
          constant.data.byteLength,
        ),
      })),
      input: graph.inputs.map(port),
      output: [...(sentinel ? [SEQUENCE] : []), ...graph.outputs.map(port)],
    },
  })
  return onnx.ModelProto.encode(model).finish()
}

function elementType(type: OnnxType): number {
  const types = onnx.TensorProto.DataType
  switch (type) {
    case 'float32':
      return types.FLOAT
    case 'uint8':
      return types.UINT8
    case 'int32':
      return types.INT32
    case 'int64':
      return types.INT64
    default:
      return type satisfies never
  }
}

function attribute(name: string, value: OnnxAttribute): onnx.IAttributeProto {
  const types = onnx.AttributeProto.AttributeType
  if ('int' in value) return { name, type: types.INT, i: value.int }
  if ('ints' in value) return { name, type: types.INTS, ints: [...value.ints] }
  if ('float' in value) return { name, type: types.FLOAT, f: value.float }
  if ('floats' in value) return { name, type: types.FLOATS, floats: [...value.floats] }
  return { name, type: types.STRING, s: new TextEncoder().encode(value.text) }
}

function port({ name, type, dims }: OnnxPort): onnx.IValueInfoProto {
  const dim = dims.map((dimValue) => ({ dimValue }))
  return { name, type: { tensorType: { elemType: elementType(type), shape: { dim } } } }
}
