import { explained } from '../../shared/domain/explanation'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { featureMaps } from '../../shared/domain/networkPlan'
import type { Phase } from '../../shared/schedule'
import type { TensorSpec, TensorSpecs, Values } from '../runtime/engine'
import { sizeOf } from '../runtime/values'
import { randomStream } from './random'

/** Which layers the networks have: those of a resolution, and in a fade also the colours of the one below. */
export type NetworkShape = { readonly resolution: number; readonly phase: Phase }

/**
 * One trained tensor of a network.
 *
 * The paper keeps weights ~ N(0, 1) and multiplies them by c = gain / sqrt(fanIn) at run time (equalised learning
 * rate, section 4.1). Sprout keeps the product: weights ~ N(0, c^2) that Adam moves at c times the learning rate with
 * epsilon / c. Every step is the same, and no pass over the weights is spent on multiplying.
 */
export type ParameterSpec = {
  readonly name: string
  readonly shape: readonly number[]
  readonly gain: number
  readonly fanIn: number
  /** Weights begin at random, biases at 0, scales at 1. */
  readonly kind: 'weight' | 'bias' | 'scale'
}

const RELU_GAIN = Math.SQRT2
const LINEAR_GAIN = 1

/**
 * The generator's parameters up to a resolution, in the order data goes through them (table 2), with the toRGB
 * layers of `resolution` and, in a fade, of the one below.
 *
 * With classes there is an embedding of labels besides, `label/weight` [classes, latentSize], which is joined to the
 * latent; the dense layer then takes both. With batch normalisation all normalised layers' `scale` and `shift` follow.
 *
 * Layouts are tfjs': dense [in, out], convolutions [3, 3, in, out]. `conv0`, which follows an enlargement, is
 * kept as the transposed convolution takes it: [3, 3, out, in] with the taps turned by 180 degrees.
 */
export function generatorParameters(
  config: TrainConfig,
  resolution: number,
  phase: Phase = 'stable',
): ParameterSpec[] {
  const maps = (r: number) => featureMaps(config, r)
  const { latentSize, classes } = config
  const inputs = classes === null ? latentSize : 2 * latentSize
  const specs = [
    // A label picks one row, so each number of its embedding is the sum of one weight.
    ...(classes === null ? [] : [weight('label', [classes.length, latentSize], 1, LINEAR_GAIN)]),
    weight('4x4/dense', [inputs, 16 * maps(4)], inputs, RELU_GAIN / 4),
    bias('4x4/dense', maps(4)),
    ...conv('4x4/conv', maps(4), maps(4)),
  ]
  for (let r = 8; r <= resolution; r *= 2) {
    const [below, here] = [maps(r / 2), maps(r)]
    specs.push(weight(`${r}x${r}/conv0`, [3, 3, here, below], 9 * below, RELU_GAIN))
    specs.push(bias(`${r}x${r}/conv0`, here), ...conv(`${r}x${r}/conv1`, here, here))
  }
  for (const r of colourResolutions(resolution, phase)) {
    const name = `${r}x${r}/toRGB`
    specs.push(weight(name, [1, 1, maps(r), config.channels], maps(r), LINEAR_GAIN))
    specs.push(bias(name, config.channels))
  }
  return [...specs, ...normParameters(config, resolution)]
}

/** The generator's layers whose activations are normalised, each with its number of maps. */
function normedLayers(config: TrainConfig, resolution: number): [layer: string, maps: number][] {
  const layers: [string, number][] = [
    ['4x4/dense', featureMaps(config, 4)],
    ['4x4/conv', featureMaps(config, 4)],
  ]
  for (let r = 8; r <= resolution; r *= 2) {
    for (const conv of ['conv0', 'conv1'])
      layers.push([`${r}x${r}/${conv}`, featureMaps(config, r)])
  }
  return layers
}

/** What batch normalisation learns; nothing for another norm. */
function normParameters(config: TrainConfig, resolution: number): ParameterSpec[] {
  if (config.generatorNorm !== 'batch') return []
  return normedLayers(config, resolution).flatMap(([layer, maps]) => [
    { name: `${layer}/scale`, shape: [maps], gain: 1, fanIn: 1, kind: 'scale' as const },
    { name: `${layer}/shift`, shape: [maps], gain: 1, fanIn: 1, kind: 'bias' as const },
  ])
}

/** The running statistics that batch normalisation draws pictures with, and what they begin at. */
function normStatistics(config: TrainConfig, resolution: number) {
  if (config.generatorNorm !== 'batch') return []
  return normedLayers(config, resolution).flatMap(([layer, maps]) => [
    { name: `${layer}/mean`, shape: [maps], initial: 0 },
    { name: `${layer}/variance`, shape: [maps], initial: 1 },
  ])
}

/**
 * The discriminator's parameters from a resolution down to 4x4, in the order data goes through them (table 2),
 * with the fromRGB layers of `resolution` and, in a fade, of the one below.
 *
 * The 4x4 convolution's taps on the standard deviation's map are a tensor of their own, `4x4/stddev/weight`:
 * the sum of both is the convolution of the joined maps. With classes, `4x4/projection/weight` [classes, maps] holds
 * each label's vector of the projection (Miyato and Koyama 2018).
 */
export function discriminatorParameters(
  config: TrainConfig,
  resolution: number,
  phase: Phase = 'stable',
): ParameterSpec[] {
  const maps = (r: number) => featureMaps(config, r)
  const specs: ParameterSpec[] = []
  for (const r of colourResolutions(resolution, phase).reverse()) {
    const name = `${r}x${r}/fromRGB`
    specs.push(weight(name, [1, 1, config.channels, maps(r)], config.channels, RELU_GAIN))
    specs.push(bias(name, maps(r)))
  }
  for (let r = resolution; r >= 8; r /= 2) {
    const [here, below] = [maps(r), maps(r / 2)]
    // The quarter is the box average's: the network sums 2x2 boxes of this convolution's output.
    const summed = weight(`${r}x${r}/conv1`, [3, 3, here, below], 9 * here, RELU_GAIN / 4)
    specs.push(...conv(`${r}x${r}/conv0`, here, here), summed, bias(`${r}x${r}/conv1`, below))
  }
  const top = maps(4)
  const fanIn = 9 * (top + 1)
  specs.push(
    weight('4x4/conv', [3, 3, top, top], fanIn, RELU_GAIN),
    weight('4x4/stddev', [3, 3, 1, top], fanIn, RELU_GAIN),
    bias('4x4/conv', top),
    weight('4x4/dense0', [16 * top, top], 16 * top, RELU_GAIN),
    bias('4x4/dense0', top),
    weight('4x4/dense1', [top, 1], top, LINEAR_GAIN),
    bias('4x4/dense1', 1),
  )
  const { classes } = config
  if (classes !== null) {
    specs.push(weight('4x4/projection', [classes.length, top], top, LINEAR_GAIN))
  }
  return specs
}

/** c of {@link ParameterSpec}: gain / sqrt(fanIn) of a weight; 1 for all others. */
export function equalisedScale(spec: ParameterSpec): number {
  return spec.kind === 'weight' ? spec.gain / Math.sqrt(spec.fanIn) : 1
}

/**
 * All that pictures are drawn with, `average/<name>`: the moving average of the generator's parameters and, with batch
 * normalisation, the running statistics of its maps.
 */
export function averageSpecs(
  config: TrainConfig,
  { resolution, phase }: NetworkShape,
): Record<string, TensorSpec> {
  const drawing = [
    ...generatorParameters(config, resolution, phase),
    ...normStatistics(config, resolution),
  ]
  return Object.fromEntries(drawing.map(({ name, shape }) => [`average/${name}`, { shape }]))
}

/**
 * All that a training step changes: `generator/<name>`, `discriminator/<name>`, {@link averageSpecs}, and Adam's
 * moments `adam/<network>/<name>/v`, with `/m` beside it where beta1 > 0; in `optimizer.ts` is what they hold.
 */
export function stateSpecs(config: TrainConfig, resolution: number, phase: Phase): TensorSpecs {
  const specs: Record<string, TensorSpec> = {}
  const networks = {
    generator: generatorParameters(config, resolution, phase),
    discriminator: discriminatorParameters(config, resolution, phase),
  }
  for (const [network, parameters] of Object.entries(networks)) {
    for (const { name, shape } of parameters) specs[`${network}/${name}`] = { shape }
  }
  Object.assign(specs, averageSpecs(config, { resolution, phase }))
  for (const [network, parameters] of Object.entries(networks)) {
    for (const { name, shape } of parameters) {
      if (config.adam.beta1 > 0) specs[`adam/${network}/${name}/m`] = { shape }
      specs[`adam/${network}/${name}/v`] = { shape }
    }
  }
  return specs
}

/** Fresh state of a stable phase; equal seeds give equal bits. */
export function initialState(config: TrainConfig, resolution: number): Values {
  return stateFrom(config, {}, { resolution, phase: 'stable' })
}

/**
 * The state for the next phase (section 2): weights that both phases have are kept, those of new layers begin
 * afresh with their moving average beside them, and Adam's moments begin at zero. Throws when `state` lacks a
 * tensor that `from` has.
 */
export function growState(
  config: TrainConfig,
  state: Values,
  from: NetworkShape,
  to: NetworkShape,
): Values {
  for (const name of Object.keys(stateSpecs(config, from.resolution, from.phase))) {
    if (state[name] !== undefined) continue
    throw explained('state_lacking', { size: `${from.resolution}`, phase: from.phase, name })
  }
  return stateFrom(config, state, to)
}

function stateFrom(config: TrainConfig, known: Values, to: NetworkShape): Values {
  const { resolution, phase } = to
  const fresh = new Map<string, () => Float32Array>()
  const networks = {
    generator: generatorParameters(config, resolution, phase),
    discriminator: discriminatorParameters(config, resolution, phase),
  }
  for (const [network, specs] of Object.entries(networks)) {
    for (const spec of specs) {
      const name = `${network}/${spec.name}`
      fresh.set(name, () => freshParameter(config, name, spec))
    }
  }
  for (const { name, shape, initial } of normStatistics(config, resolution)) {
    fresh.set(`average/${name}`, () => new Float32Array(sizeOf(shape)).fill(initial))
  }
  const state: Record<string, Float32Array> = {}
  for (const [name, { shape }] of Object.entries(stateSpecs(config, resolution, phase))) {
    const kept = name.startsWith('adam/') ? undefined : known[name]
    const averaged = state[name.replace('average/', 'generator/')]
    if (kept) state[name] = kept.slice()
    else if (name.startsWith('average/') && averaged) state[name] = averaged.slice()
    else state[name] = fresh.get(name)?.() ?? new Float32Array(sizeOf(shape))
  }
  return state
}

function freshParameter(config: TrainConfig, name: string, spec: ParameterSpec): Float32Array {
  const size = sizeOf(spec.shape)
  if (spec.kind === 'weight') return freshWeights(config, name, size, equalisedScale(spec))
  return new Float32Array(size).fill(spec.kind === 'scale' ? 1 : 0)
}

/** Each tensor has a random stream of its own, so that its values do not hang on what was drawn before it. */
function freshWeights(
  config: TrainConfig,
  name: string,
  size: number,
  scale: number,
): Float32Array {
  const values = randomStream(config.seed, `init/${name}`, 0).normals(size)
  for (let i = 0; i < size; i++) values[i]! *= scale
  return values
}

/** Resolutions whose colour layers a phase uses: in a fade the one below and the new one. */
function colourResolutions(resolution: number, phase: Phase): number[] {
  return phase === 'fade' && resolution > 4 ? [resolution / 2, resolution] : [resolution]
}

function conv(layer: string, inputs: number, outputs: number): ParameterSpec[] {
  return [weight(layer, [3, 3, inputs, outputs], 9 * inputs, RELU_GAIN), bias(layer, outputs)]
}

function weight(layer: string, shape: number[], fanIn: number, gain: number): ParameterSpec {
  return { name: `${layer}/weight`, shape, gain, fanIn, kind: 'weight' }
}

function bias(layer: string, size: number): ParameterSpec {
  return { name: `${layer}/bias`, shape: [size], gain: 1, fanIn: 1, kind: 'bias' }
}
