import { explained } from '../../shared/domain/explanation'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Phase } from '../../shared/schedule'
import type { TensorSpec, TensorSpecs, Values } from '../runtime/engine'
import { sizeOf } from '../runtime/values'
import {
  equalisedScale,
  generatorParameters,
  networkParameters,
  normStatistics,
  type NetworkShape,
  type ParameterSpec,
} from './parameters'
import { randomStream } from './random'

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
  const networks = networkParameters(config, { resolution, phase })
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
  for (const [network, specs] of Object.entries(networkParameters(config, to))) {
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
