import { afterAll, expect, test } from 'vitest'
import { networkStats } from '../../main/export/networkStats'
import { networkPlan } from '../../shared/domain/networkPlan'
import { blockRows } from '../../renderer/state/networkLook.svelte'
import { TinyRun, tinyConfig } from './tinyRun'

const runs: TinyRun[] = []
afterAll(() => runs.forEach((run) => run.remove()))

async function statsOf(generatorNorm: 'pixel' | 'batch') {
  const tiny = new TinyRun(tinyConfig({ generatorNorm }), 96)
  runs.push(tiny)
  return networkStats(tiny.run, tiny.engine)
}

test('with batch normalisation a layer has its running statistics, scale and shift', async () => {
  const config = tinyConfig({ generatorNorm: 'batch' })
  const stats = await statsOf('batch')
  const shape = { resolution: 8, phase: 'stable' } as const
  const rowsOf = (network: 'generator' | 'discriminator', name: string) =>
    blockRows(
      networkPlan(config, network, shape).find((block) => block.name === name)!,
      stats,
      'output',
    ).map((row) => row.name)
  const layer = (name: string) =>
    ['weight', 'bias', 'mean', 'variance', 'scale', 'shift'].map((part) => `${name}/${part}`)
  expect(rowsOf('generator', '8x8')).toEqual([
    ...layer('8x8/conv0'),
    ...layer('8x8/conv1'),
    'output',
  ])
  expect(rowsOf('discriminator', '4x4').filter((name) => /mean|scale/.test(name))).toEqual([])
  const mean = stats.tensors.find(({ name }) => name === 'average/8x8/conv0/mean')!
  expect(mean.numbers.high).toBeGreaterThan(0)
  // The batch's own statistics would give every map, and so all of them, a deviation of 1 about 0.
  const { numbers } = stats.activations.find(({ block }) => block === '8x8')!
  expect(Math.abs(numbers.deviation - 1)).toBeGreaterThan(0.02)
})

test('without it there are weights and biases alone', async () => {
  const stats = await statsOf('pixel')
  expect(stats.tensors.filter(({ name }) => !/\/(weight|bias)$/.test(name))).toEqual([])
})
