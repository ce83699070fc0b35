import { onnx } from 'onnx-proto'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Position } from '../../shared/schedule'
import type { StoredTensor } from '../store/runFile'
import { LEAK } from '../trainer/networks'
import { BATCH_NORM_EPSILON, EPSILON } from '../trainer/norms'
import { GraphWriter, port, type ModelNotes } from './onnxGraph'

/** What a layer's activation goes through. */
type Norm = (x: string, layer: string) => string

/**
 * The generator of a checkpoint as the bytes of an ONNX model of standard operators (opset 17) for any batch.
 *
 * Inputs: `latents` float32 [batch, latentSize], of any length (the model normalises them), and `labels` int64 [batch]
 * in a run with classes. Output: `images` float32 [batch, channels, size, size] in about [-1, 1]. The weights are the
 * moving averages that samples are drawn with, and so are the statistics of batch normalisation, so that a picture does
 * not hang on its batch; a fade's alpha is that of the checkpoint.
 */
export function onnxGenerator(
  config: TrainConfig,
  position: Pick<Position, 'resolution' | 'phase' | 'alpha'>,
  tensors: ReadonlyMap<string, StoredTensor>,
  notes: ModelNotes,
): Uint8Array {
  const graph = new GraphWriter(tensors)
  const { resolution, phase, alpha } = position
  const norm: Norm = (x, layer) =>
    config.generatorNorm === 'batch' ? batchNorm(graph, x, layer) : pixelNorm(graph, x)
  const activated: Norm = (x, layer) => norm(leaky(graph, x), layer)
  let below: string | null = null
  let maps = activated(denseTo4x4(graph, config), '4x4/dense')
  maps = activated(conv(graph, '4x4/conv', maps), '4x4/conv')
  for (let r = 8; r <= resolution; r *= 2) {
    const [first, second] = [`${r}x${r}/conv0`, `${r}x${r}/conv1`] as const
    below = maps
    maps = activated(upConv(graph, first, maps), first)
    maps = activated(conv(graph, second, maps), second)
  }
  let images = conv(graph, `${resolution}x${resolution}/toRGB`, maps)
  if (phase === 'fade' && below !== null) {
    const low = conv(graph, `${resolution / 2}x${resolution / 2}/toRGB`, below)
    images = faded(graph, low, images, alpha)
  }
  graph.node('Identity', [images], {}, 'images')
  const sizes = [config.channels, resolution, resolution]
  return graph.finish(
    [
      port('latents', onnx.TensorProto.DataType.FLOAT, [config.latentSize]),
      ...(config.classes === null ? [] : [port('labels', onnx.TensorProto.DataType.INT64, [])]),
    ],
    port('images', onnx.TensorProto.DataType.FLOAT, sizes),
    notes,
  )
}

function denseTo4x4(graph: GraphWriter, { latentSize, classes }: TrainConfig): string {
  let input = pixelNorm(graph, 'latents')
  if (classes !== null) {
    const table = graph.weights('label/weight')
    const vectors = graph.node('Gather', [table, 'labels'], { axis: 0 })
    input = graph.node('Concat', [input, pixelNorm(graph, vectors)], { axis: 1 })
  }
  const { shape, values } = graph.tensor('4x4/dense/weight')
  const maps = shape[1]! / 16
  const inputs = classes === null ? latentSize : 2 * latentSize
  // [in, (y, x, map)] becomes [in, (map, y, x)], so that a reshape gives the maps as ONNX lays them out.
  const turned = new Float32Array(values.length)
  for (let i = 0; i < inputs; i++) {
    for (let place = 0; place < 16; place++) {
      for (let map = 0; map < maps; map++) {
        turned[(i * maps + map) * 16 + place] = values[(i * 16 + place) * maps + map]!
      }
    }
  }
  const flat = graph.node('MatMul', [input, graph.constant(turned, [inputs, 16 * maps])])
  const square = graph.node('Reshape', [flat, graph.integers([-1, maps, 4, 4])])
  const bias = graph.constant(graph.tensor('4x4/dense/bias').values, [1, maps, 1, 1])
  return graph.node('Add', [square, bias])
}

/** Kernels are kept as [y, x, in, out]; ONNX has [out, in, y, x]. */
function conv(graph: GraphWriter, layer: string, maps: string): string {
  const { shape, values } = graph.tensor(`${layer}/weight`)
  const [height, width, input, output] = shape as [number, number, number, number]
  const kernel = transposedKernel(
    values,
    shape,
    (y, x, a, b) => ((b * input + a) * height + y) * width + x,
  )
  const inputs = [maps, graph.constant(kernel, [output, input, height, width]), bias(graph, layer)]
  const pad = (height - 1) / 2
  return graph.node('Conv', inputs, { pads: [pad, pad, pad, pad], kernel_shape: [height, width] })
}

/**
 * Nearest enlargement by two and a 3x3 convolution, as one transposed convolution by 4x4 kernels: the kept kernel
 * [y, x, out, in] is turned by 180 degrees already, and tap (y, x) of the larger is the sum of its taps around there.
 */
function upConv(graph: GraphWriter, layer: string, maps: string): string {
  const { shape, values } = graph.tensor(`${layer}/weight`)
  const [, , output, input] = shape as [number, number, number, number]
  const taps = new Float32Array(input * output * 16)
  for (let y = 0; y < 3; y++) {
    for (let x = 0; x < 3; x++) {
      for (let o = 0; o < output; o++) {
        for (let i = 0; i < input; i++) {
          const value = values[((y * 3 + x) * output + o) * input + i]!
          const base = (i * output + o) * 16
          for (const dy of [0, 1]) {
            for (const dx of [0, 1]) taps[base + (y + dy) * 4 + x + dx]! += value
          }
        }
      }
    }
  }
  const inputs = [maps, graph.constant(taps, [input, output, 4, 4]), bias(graph, layer)]
  const attributes = { strides: [2, 2], pads: [1, 1, 1, 1], kernel_shape: [4, 4] }
  return graph.node('ConvTranspose', inputs, attributes)
}

function bias(graph: GraphWriter, layer: string): string {
  return graph.weights(`${layer}/bias`)
}

function transposedKernel(
  values: Float32Array,
  shape: readonly number[],
  to: (y: number, x: number, a: number, b: number) => number,
): Float32Array {
  const [height, width, first, second] = shape as [number, number, number, number]
  const out = new Float32Array(values.length)
  let from = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let a = 0; a < first; a++) {
        for (let b = 0; b < second; b++) out[to(y, x, a, b)] = values[from++]!
      }
    }
  }
  return out
}

function leaky(graph: GraphWriter, x: string): string {
  return graph.node('LeakyRelu', [x], { alpha: LEAK })
}

/** Each pixel's vector of maps, axis 1, at a mean square of 1. */
function pixelNorm(graph: GraphWriter, x: string): string {
  const square = graph.node('Mul', [x, x])
  const mean = graph.node('ReduceMean', [square], { axes: [1], keepdims: 1 })
  const sum = graph.node('Add', [mean, graph.constant(Float32Array.of(EPSILON), [])])
  return graph.node('Div', [x, graph.node('Sqrt', [sum])])
}

/** Each map by its running mean and variance, then its learned scale and shift. */
function batchNorm(graph: GraphWriter, x: string, layer: string): string {
  const parts = ['scale', 'shift', 'mean', 'variance'].map((part) =>
    graph.weights(`${layer}/${part}`),
  )
  return graph.node('BatchNormalization', [x, ...parts], { epsilon: BATCH_NORM_EPSILON })
}

/** The smaller pictures, enlarged, at 1 - alpha; the larger at alpha. */
function faded(graph: GraphWriter, low: string, high: string, alpha: number): string {
  const scales = graph.constant(Float32Array.of(1, 1, 2, 2), [4])
  const enlarged = graph.node('Resize', [low, '', scales], {}, undefined, {
    mode: 'nearest',
    nearest_mode: 'floor',
    coordinate_transformation_mode: 'asymmetric',
  })
  const share = graph.constant(Float32Array.of(alpha), [])
  const difference = graph.node('Sub', [high, enlarged])
  return graph.node('Add', [enlarged, graph.node('Mul', [difference, share])])
}
