import type { ConvWindow, Graph, Value } from './ir'

/**
 * A way to compute a 3x3 convolution and its gradients: by the runtime's kernels for blocked maps, by ONNX's own Conv,
 * or by Winograd's algorithm in matrix products.
 */
export const CONV_KERNELS = ['blocked', 'plain', 'winograd'] as const
/** One of {@link CONV_KERNELS}. */
export type ConvKernel = (typeof CONV_KERNELS)[number]

/** A 3x3 convolution at stride 1 that keeps an even size, in pixels, images and channels: there is a choice of kernels for it. */
export type ConvSite = {
  readonly height: number
  readonly width: number
  readonly inputs: number
  readonly outputs: number
  /** The largest batch that it is given. */
  readonly images: number
}

/** The kernel of each site by {@link siteKey}; those that are not there are computed as ever. */
export type ConvKernels = ReadonlyMap<string, ConvKernel>

/** Names a site whatever its batch, as a filter has one layout for all of them. */
export function siteKey({ height, width, inputs, outputs }: Omit<ConvSite, 'images'>): string {
  return `${height}x${width} ${inputs}-${outputs}`
}

/** The site of a convolution or of one of its gradients; null where there is no choice. */
export function siteOf({ op, args, shape }: Value): ConvSite | null {
  const [a, b] = args
  if (!a || !b) return null
  switch (op.kind) {
    case 'conv':
      return site(op.window, a.shape, b.shape)
    case 'convInput':
      return site(op.window, shape, b.shape)
    case 'convFilter':
      return site(op.window, a.shape, shape)
    default:
      return null
  }
}

function site(
  { taps, strides, pads }: ConvWindow,
  [images = 0, height = 0, width = 0]: readonly number[],
  [, , inputs = 0, outputs = 0]: readonly number[],
): ConvSite | null {
  const same = [...strides, ...pads].every((n) => n === 1) && taps.every((n) => n === 3)
  if (!same || height % 2 !== 0 || width % 2 !== 0) return null
  return { height, width, inputs, outputs, images }
}

/** All sites of a graph, each once. */
export function sitesOf(graph: Graph): ConvSite[] {
  const sites = new Map<string, ConvSite>()
  for (const value of graph.values) {
    const found = siteOf(value)
    if (!found) continue
    const known = sites.get(siteKey(found))
    if (!known || known.images < found.images) sites.set(siteKey(found), found)
  }
  return [...sites.values()]
}
