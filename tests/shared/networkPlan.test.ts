import { describe, expect, test } from 'vitest'
import { discriminatorParameters, generatorParameters } from '../../main/trainer/parameters'
import { networkPlan, type NetworkBlock } from '../../shared/domain/networkPlan'
import type { Resolution } from '../../shared/domain/resolution'
import { trainConfigFor } from '../../shared/domain/presets'
import { PRESETS, type Preset } from '../../shared/domain/trainConfig'

const configFor = (preset: Preset, classes: string[] | null, channels: 1 | 3 | 4 = 3) =>
  trainConfigFor({
    seed: 1,
    channels,
    preset,
    firstResolution: 4,
    finalResolution: 1024,
    classes,
  })

const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1)
const layerOf = (name: string) => name.slice(0, name.lastIndexOf('/'))

describe('the blocks of the networks are those that are trained', () => {
  const cases = PRESETS.flatMap((preset) =>
    ([4, 8, 64, 1024] as const).flatMap((resolution) =>
      (['stable', 'fade'] as const).map((phase) => ({ preset, resolution, phase })),
    ),
  )
  test.each(cases)('$preset, $resolution px, $phase', ({ preset, resolution, phase }) => {
    for (const classes of [null, ['cat', 'dog', 'owl']]) {
      const generatorNorm = classes === null && resolution < 64 ? 'batch' : 'pixel'
      const config = {
        ...configFor(preset, classes, preset === 'tiny' ? 1 : 4),
        generatorNorm,
      } as const
      for (const [network, parameters] of [
        ['generator', generatorParameters(config, resolution, phase)],
        ['discriminator', discriminatorParameters(config, resolution, phase)],
      ] as const) {
        const blocks = networkPlan(config, network, { resolution, phase })
        const layers = blocks.flatMap((block) => block.layers)
        expect(new Set(layers)).toEqual(new Set(parameters.map(({ name }) => layerOf(name))))
        expect(new Set(layers).size).toBe(layers.length)
        for (const block of blocks) {
          const own = parameters.filter(({ name }) => block.layers.includes(layerOf(name)))
          expect(block.parameters, block.name).toBe(
            own.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
          )
        }
        expectChained(blocks)
      }
    }
  })
})

/** What comes out of one resolution's block goes into the next. */
function expectChained(blocks: readonly NetworkBlock[]): void {
  const maps = blocks.filter(({ kind }) => kind === 'maps')
  for (let i = 1; i < maps.length; i++) expect(maps[i]!.inputs).toBe(maps[i - 1]!.outputs)
}

test('in a fade the new layers come in and the colours of the size below go out', () => {
  const fading = (resolution: Resolution, phase: 'fade' | 'stable') =>
    networkPlan(configFor('tiny', null), 'generator', { resolution, phase })
      .filter((block) => block.fading !== 0)
      .map(({ name, fading: direction }) => [name, direction])
  expect(fading(16, 'fade')).toEqual([
    ['16x16', 1],
    ['8x8/toRGB', -1],
    ['16x16/toRGB', 1],
  ])
  expect(fading(16, 'stable')).toEqual([])
})
