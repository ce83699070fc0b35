import type { TensorSpecs, Tensors } from '../runtime/engine'
import type { ParameterSpec } from './parameters'

/** Specs of a network's tensors as a state has them, `<prefix>/<parameter>`. */
export function prefixed(prefix: string, specs: readonly ParameterSpec[]): TensorSpecs {
  return Object.fromEntries(specs.map(({ name, shape }) => [`${prefix}/${name}`, { shape }]))
}

/** The tensors of one network out of a state, by parameter name. */
export function part(state: Tensors, prefix: string, specs: readonly ParameterSpec[]): Tensors {
  return Object.fromEntries(specs.map(({ name }) => [name, state[`${prefix}/${name}`]!]))
}

/** The tensors of a state of which each is of one network, by their names in it. */
export function without(prefix: string, state: Tensors): Tensors {
  const named = Object.entries(state).map(([name, tensor]) => [
    name.slice(prefix.length + 1),
    tensor,
  ])
  return Object.fromEntries(named) as Tensors
}
