import { execFileSync } from 'node:child_process'
import { Command } from 'commander'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CROP_MODES, type DatasetSource } from '../../shared/domain/dataset'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { trainArguments, trainCommand, type PlannedRun } from '../../shared/trainCommand'
import { parseSource } from '../../main/cli/data'
import { addTrainOptions, configFrom, type TrainOptions } from '../../main/cli/trainOptions'
import { trainConfigs } from '../shared/anyTrainConfig'

/** Parses words as `sprout train` does. */
function parsed(words: readonly string[]): TrainOptions {
  const program = new Command().exitOverride()
  let found: TrainOptions | null = null
  addTrainOptions(program.command('train')).action((options: TrainOptions) => {
    found = options
  })
  program.parse(words, { from: 'user' })
  return found!
}

const sources: fc.Arbitrary<DatasetSource> = fc.oneof(
  fc.constantFrom('emoji' as const, 'mnist' as const).map((name) => ({ kind: 'sample', name })),
  fc
    .constantFrom('/pictures', '/my pictures/a', "/it's/here", '/a "b"/$HOME/`x`', '/花园/多肉')
    .map((path) => ({ kind: 'folder' as const, path })),
) as fc.Arbitrary<DatasetSource>

const plans: fc.Arbitrary<PlannedRun> = fc
  .record({
    config: trainConfigs,
    source: sources,
    crop: fc.constantFrom(...CROP_MODES),
    dropDuplicates: fc.boolean(),
    name: fc.option(fc.constantFrom('Cacti', 'Night sky 2', '多肉植物', 'Anna\'s "best"')),
  })
  .map(({ config, name, ...prepare }) => ({ config, name, prepare }))

test('the command makes the very run that it was copied from', () => {
  fc.assert(
    fc.property(plans, (planned) => {
      const { config, prepare, name } = planned
      const options = parsed(trainArguments(planned))
      const { device } = options
      if (device === 'auto') throw new Error('A copied command names its device.')
      const channels = Number(options.channels) as 1 | 3 | 4
      expect(options.conditional).toBe(config.classes !== null)
      expect(configFrom(options, device, channels, config.classes)).toEqual(config)
      expect(parseSource(options.data)).toEqual(prepare.source)
      expect(options).toMatchObject({ crop: prepare.crop, dropDuplicates: prepare.dropDuplicates })
      expect(options.name ?? null).toBe(name)
    }),
    { numRuns: 300 },
  )
})

test.skipIf(process.platform === 'win32')('a shell takes it apart into the same words', () => {
  fc.assert(
    fc.property(plans, (planned) => {
      const printed = trainCommand(planned).replace(/^npx sprout/, "printf '%s\\n'")
      const words = execFileSync('sh', ['-c', printed], { encoding: 'utf8' })
      expect(words.trimEnd().split('\n')).toEqual(trainArguments(planned))
    }),
    { numRuns: 20 },
  )
})

test('what is usual is left unsaid', () => {
  const config = trainConfigFor({
    seed: 7,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 16,
    fadeImages: 100,
    stableImages: 200,
  })
  const stages = config.stages.map((plan) =>
    plan.resolution === 8 ? { ...plan, batch: 8, learningRate: 0.002 } : plan,
  )
  const prepare = { source: { kind: 'sample', name: 'emoji' }, crop: 'centre' } as const
  expect(trainCommand({ config: { ...config, stages }, prepare, name: null })).toBe(
    'npx sprout train --data sample:emoji --channels 3 --preset tiny --to 16 --fade-images 100 ' +
      '--stable-images 200 --stage 8:batch=8,learning-rate=0.002 --loss wgan-gp --seed 7',
  )
})

test('a tutorial is one word, and what differs from it is said', () => {
  const choices = { seed: 7, channels: 3, preset: 'tiny', firstResolution: 4 } as const
  const tutorial = trainConfigFor({ ...choices, finalResolution: 16, tutorial: true })
  const prepare = { source: { kind: 'sample', name: 'emoji' }, crop: 'centre' } as const
  const command = (config: TrainConfig) => trainCommand({ config, prepare, name: null })
  const start = 'npx sprout train --data sample:emoji --channels 3 --preset tiny --to 16 '
  const lengths = '--fade-images 20000 --stable-images 20000 '
  expect(command(tutorial)).toBe(`${start}${lengths}--tutorial --seed 7`)
  expect(command({ ...tutorial, criticSteps: 5 })).toBe(
    `${start}${lengths}--tutorial --critic-steps 5 --seed 7`,
  )
  const usual = trainConfigFor({ ...choices, finalResolution: 16, stableImages: 9, fadeImages: 9 })
  expect(command({ ...usual, generatorNorm: 'batch' })).toBe(
    `${start}--fade-images 9 --stable-images 9 --loss wgan-gp --generator-norm batch --seed 7`,
  )
})

test.each(['7:batch=8', '8', '8:', '8:batch=0', '8:colour=red', '8:batch'])(
  'a change of stages that makes no sense is refused: %s',
  (text) => {
    const words = ['train', '--data', 'sample:emoji', '--stage', text]
    const silent = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
    addTrainOptions(
      silent
        .command('train')
        .exitOverride()
        .configureOutput({ writeErr: () => undefined }),
    )
    expect(() => silent.parse(words, { from: 'user' })).toThrow(/give/)
  },
)
