import type { Phase } from '../schedule'
import type { Resolution } from './resolution'
import type { TrainConfig } from './trainConfig'

/** The two players. */
export type NetworkName = 'generator' | 'discriminator'

/**
 * A part of a network as a person thinks of it: the layers of one resolution, or those that turn maps into colours or
 * colours into maps.
 */
export type NetworkBlock = {
  network: NetworkName
  /** Unique within its network: `8x8`, `8x8/toRGB`, `8x8/fromRGB`. */
  name: string
  kind: 'maps' | 'colours'
  resolution: Resolution
  /** Channels (or numbers, at the ends) that come in and go out. */
  inputs: number
  outputs: number
  /** Trained numbers. */
  parameters: number
  /** Layers in the order that data goes through them: the beginnings of their tensors' names. */
  layers: readonly string[]
  /** -1 fades out, 1 fades in, 0 is there fully. */
  fading: -1 | 0 | 1
}

type Shape = { resolution: Resolution; phase: Phase }

/** Feature maps at a resolution: `min(fmapBase / (r / 2), fmapMax)` (section A.1, table 2). */
export function featureMaps(
  { fmapBase, fmapMax }: Pick<TrainConfig, 'fmapBase' | 'fmapMax'>,
  resolution: number,
): number {
  return Math.max(1, Math.floor(Math.min(fmapBase / (resolution / 2), fmapMax)))
}

/** A network's blocks in the order that data goes through them, as they are in one phase of a run's schedule. */
export function networkPlan(
  config: TrainConfig,
  network: NetworkName,
  shape: Shape,
): NetworkBlock[] {
  const { resolution, phase } = shape
  const sizes: Resolution[] = []
  for (let r = 4; r <= resolution; r *= 2) sizes.push(r as Resolution)
  const fades = phase === 'fade' && resolution > 4
  const colours = fades ? [resolution, (resolution / 2) as Resolution] : [resolution]
  const newest = (r: Resolution): 0 | 1 => (fades && r === resolution ? 1 : 0)
  if (network === 'generator') {
    return [
      ...sizes.map((r) => generatorBlock(config, r, newest(r))),
      ...[...colours].reverse().map((r) => colourBlock(config, network, r, colourFade(shape, r))),
    ]
  }
  return [
    ...colours.map((r) => colourBlock(config, network, r, colourFade(shape, r))),
    ...[...sizes].reverse().map((r) => discriminatorBlock(config, r, newest(r))),
  ]
}

function colourFade({ resolution, phase }: Shape, r: Resolution): -1 | 0 | 1 {
  if (phase === 'stable' || resolution === 4) return 0
  return r === resolution ? 1 : -1
}

function generatorBlock(config: TrainConfig, resolution: Resolution, fading: 0 | 1): NetworkBlock {
  const here = featureMaps(config, resolution)
  const block = mapsBlock('generator', resolution, fading)
  if (resolution > 4) {
    const below = featureMaps(config, resolution / 2)
    return {
      ...block,
      inputs: below,
      outputs: here,
      parameters: 9 * here * below + here + convolution(here, here) + norms(config, here),
    }
  }
  const { latentSize, classes } = config
  const inputs = classes === null ? latentSize : 2 * latentSize
  const label = classes === null ? 0 : classes.length * latentSize
  return {
    ...block,
    inputs: latentSize,
    outputs: here,
    parameters: label + inputs * 16 * here + here + convolution(here, here) + norms(config, here),
    layers: [...(classes === null ? [] : ['label']), '4x4/dense', '4x4/conv'],
  }
}

function discriminatorBlock(
  config: TrainConfig,
  resolution: Resolution,
  fading: 0 | 1,
): NetworkBlock {
  const here = featureMaps(config, resolution)
  const block = mapsBlock('discriminator', resolution, fading)
  if (resolution > 4) {
    const below = featureMaps(config, resolution / 2)
    return {
      ...block,
      inputs: here,
      outputs: below,
      parameters: convolution(here, here) + convolution(here, below),
    }
  }
  const { classes } = config
  const projection = classes === null ? 0 : classes.length * here
  return {
    ...block,
    inputs: here,
    outputs: 1,
    parameters:
      convolution(here, here) + 9 * here + 16 * here * here + here + here + 1 + projection,
    layers: [
      '4x4/conv',
      '4x4/stddev',
      '4x4/dense0',
      '4x4/dense1',
      ...(classes === null ? [] : ['4x4/projection']),
    ],
  }
}

/** What the blocks of both networks have in common. */
function mapsBlock(network: NetworkName, resolution: Resolution, fading: 0 | 1) {
  const name = `${resolution}x${resolution}`
  const layers = [`${name}/conv0`, `${name}/conv1`]
  return { network, kind: 'maps', name, resolution, fading, layers } as const
}

function colourBlock(
  config: TrainConfig,
  network: NetworkName,
  resolution: Resolution,
  fading: -1 | 0 | 1,
): NetworkBlock {
  const maps = featureMaps(config, resolution)
  const { channels } = config
  const generates = network === 'generator'
  const name = `${resolution}x${resolution}/${generates ? 'toRGB' : 'fromRGB'}`
  return {
    network,
    kind: 'colours',
    name,
    resolution,
    inputs: generates ? maps : channels,
    outputs: generates ? channels : maps,
    parameters: maps * channels + (generates ? channels : maps),
    layers: [name],
    fading,
  }
}

/** What is learned of the normalisations after a block's two layers: nothing of vectors' lengths. */
function norms({ generatorNorm }: TrainConfig, maps: number): number {
  return generatorNorm === 'batch' ? 2 * 2 * maps : 0
}

/** A 3x3 convolution with its bias. */
function convolution(inputs: number, outputs: number): number {
  return 9 * inputs * outputs + outputs
}
