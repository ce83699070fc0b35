import { expect, test } from 'vitest'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { growState, initialState, stateSpecs } from '../../main/trainer/networkState'
import {
  discriminatorParameters,
  equalisedScale,
  generatorParameters,
  type NetworkShape,
} from '../../main/trainer/parameters'

const config = trainConfigFor({
  seed: 5,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 32,
})
const tiny: TrainConfig = { ...config, fmapMax: 6, fmapBase: 24, latentSize: 5 }
const stable = (resolution: number): NetworkShape => ({ resolution, phase: 'stable' })
const fade = (resolution: number): NetworkShape => ({ resolution, phase: 'fade' })
const sizes = (state: object) =>
  Object.entries(state).map(([name, values]) => [name, values.length])

test('the published networks have as many parameters as table 2 of the paper counts', () => {
  const paper = trainConfigFor({
    ...config,
    preset: 'paper',
    firstResolution: 4,
    finalResolution: 1024,
  })
  const count = (specs: { shape: readonly number[] }[]) =>
    specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  // 23.1 million each in the paper.
  expect((count(generatorParameters(paper, 1024)) / 1e6).toFixed(1)).toBe('23.1')
  expect((count(discriminatorParameters(paper, 1024)) / 1e6).toFixed(1)).toBe('23.1')
})

test('a fade has the colour layers of two resolutions, a stable phase of one', () => {
  const colours = (shape: NetworkShape) =>
    Object.keys(stateSpecs(tiny, shape.resolution, shape.phase)).filter((name) =>
      /^(generator|discriminator).*RGB\/weight/.test(name),
    )
  expect(colours(stable(4))).toEqual([
    'generator/4x4/toRGB/weight',
    'discriminator/4x4/fromRGB/weight',
  ])
  expect(colours(fade(8))).toEqual([
    'generator/4x4/toRGB/weight',
    'generator/8x8/toRGB/weight',
    'discriminator/8x8/fromRGB/weight',
    'discriminator/4x4/fromRGB/weight',
  ])
  expect(colours(stable(8))).toEqual([
    'generator/8x8/toRGB/weight',
    'discriminator/8x8/fromRGB/weight',
  ])
})

test('moments of first order are there only when they are used', () => {
  const names = (beta1: number) =>
    Object.keys(stateSpecs({ ...tiny, adam: { ...tiny.adam, beta1 } }, 4, 'stable'))
  const first = (name: string) => name.endsWith('/m')
  expect(names(0).filter(first)).toEqual([])
  expect(names(0.5).filter(first)).toHaveLength(
    names(0).filter((name) => name.endsWith('/v')).length,
  )
})

test("equalised scales are the paper's", () => {
  const scales = Object.fromEntries(
    [...generatorParameters(tiny, 8), ...discriminatorParameters(tiny, 8).slice(2)].map((spec) => [
      spec.name,
      equalisedScale(spec),
    ]),
  )
  expect(scales['4x4/dense/weight']).toBeCloseTo(Math.SQRT2 / 4 / Math.sqrt(5))
  expect(scales['8x8/toRGB/weight']).toBeCloseTo(1 / Math.sqrt(6))
  expect(scales['8x8/toRGB/bias']).toBe(1)
  expect(scales['4x4/conv/weight']).toBeCloseTo(Math.SQRT2 / Math.sqrt(9 * 7))
  expect(scales['4x4/dense1/weight']).toBeCloseTo(1 / Math.sqrt(6))
})

test('equal seeds begin with equal bits, other seeds with others', () => {
  const state = initialState(tiny, 8)
  expect(initialState(tiny, 8)).toEqual(state)
  const other = initialState({ ...tiny, seed: 6 }, 8)
  expect(other['generator/8x8/conv0/weight']).not.toEqual(state['generator/8x8/conv0/weight'])
  expect(sizes(state)).toEqual(
    Object.entries(stateSpecs(tiny, 8, 'stable')).map(([name, { shape }]) => [
      name,
      shape.reduce((a, b) => a * b, 1),
    ]),
  )
})

test('weights begin at their equalised scale, biases at 0', () => {
  const wide = { ...tiny, fmapMax: 40, fmapBase: 160 }
  const state = initialState(wide, 8)
  const specs = discriminatorParameters(wide, 8)
  for (const spec of specs) {
    const values = state[`discriminator/${spec.name}`]!
    if (spec.kind === 'bias') expect(values).toEqual(new Float32Array(values.length))
    if (spec.kind === 'bias' || values.length < 5000) continue
    const deviation = Math.sqrt(
      values.reduce((sum, value) => sum + value * value, 0) / values.length,
    )
    expect(deviation / equalisedScale(spec), spec.name).toBeCloseTo(1, 1)
  }
})

test('growing keeps what both phases have and begins the rest', () => {
  const small = trained(initialState(tiny, 4))
  const grown = growState(tiny, small, stable(4), fade(8))
  expect(Object.keys(grown)).toEqual(Object.keys(stateSpecs(tiny, 8, 'fade')))
  for (const [name, values] of Object.entries(grown)) {
    if (name.startsWith('adam/')) expect(values, name).toEqual(new Float32Array(values.length))
    else if (small[name]) expect(values, name).toEqual(small[name])
    else if (name.startsWith('average/')) {
      expect(values, name).toEqual(grown[name.replace('average', 'generator')])
    } else if (name.endsWith('/bias')) expect(values, name).toEqual(new Float32Array(values.length))
    else expect(values, name).toEqual(initialState(tiny, 8)[name])
  }
})

test('growing leaves what it was given as it was', () => {
  const small = initialState(tiny, 4)
  const copy = Object.fromEntries(
    Object.entries(small).map(([name, values]) => [name, values.slice()]),
  )
  const grown = growState(tiny, small, stable(4), fade(8))
  grown['generator/4x4/conv/weight']!.fill(9)
  expect(small).toEqual(copy)
})

test('the end of a fade drops the lower colours, keeps weights and resets moments', () => {
  const faded = trained(growState(tiny, initialState(tiny, 4), stable(4), fade(8)))
  const settled = growState(tiny, faded, fade(8), stable(8))
  expect(Object.keys(settled)).not.toContain('generator/4x4/toRGB/weight')
  for (const [name, values] of Object.entries(settled)) {
    const expected = name.startsWith('adam/') ? new Float32Array(values.length) : faded[name]
    expect(values, name).toEqual(expected)
  }
})

test('a state that lacks a tensor is refused by name', () => {
  const { 'average/4x4/conv/bias': _, ...rest } = initialState(tiny, 4)
  expect(() => growState(tiny, rest, stable(4), fade(8))).toThrow(
    'The saved state of the 4 px stable phase lacks "average/4x4/conv/bias"',
  )
})

/** A state whose every value has moved. */
function trained(state: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
  const moved = Object.entries(state).map(([name, values], i) => [
    name,
    values.map((value) => value + 0.01 * (i + 1)),
  ])
  return Object.fromEntries(moved)
}
