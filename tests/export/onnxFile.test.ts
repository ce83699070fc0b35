import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { loadCheckpoint } from '../../main/export/checkpointSampler'
import { exportRun } from '../../main/export/exportRun'
import { latentsOf } from '../../main/export/latents'
import { differenceFrom, MOST_DIFFERENCE } from '../../main/export/onnxFile'
import { onnxGenerator } from '../../main/export/onnxGenerator'
import { pointsOf } from '../../main/export/samples'
import { TinyRun, tinyConfig } from './tinyRun'

const runs: TinyRun[] = []
afterAll(() => runs.forEach((run) => run.remove()))

function tinyRun(imagesSeen: number, choices: Partial<TrainConfig> = {}): TinyRun {
  const run = new TinyRun(tinyConfig(choices), imagesSeen)
  runs.push(run)
  return run
}

/** Images seen: at 8 px, half way through the fade to 16 px, with 16 px fully in. */
const cases: [string, number, Partial<TrainConfig>][] = [
  ['at the first size', 96, {}],
  ['in a fade', 160, {}],
  ['fully in, grey, of classes', 224, { channels: 1, classes: ['a', 'b', 'c'] }],
  ['with batch normalisation, in a fade', 160, { generatorNorm: 'batch' }],
]

test.each(cases)('the model draws what Sprout draws, %s', async (_, imagesSeen, choices) => {
  const tiny = tinyRun(imagesSeen, choices)
  const { config } = tiny.run
  const { classes, latentSize, channels } = config
  const file = tiny.path('g.onnx')
  const target = { runId: 'tiny-run', checkpointId: null, file }
  await exportRun(tiny.run, tiny.engine, { kind: 'onnx', ...target })

  await using sampler = await tiny.sampler()
  const session = await InferenceSession.create(readFileSync(file), { logSeverityLevel: 3 })
  for (const batch of [1, 7]) {
    const samples = Array.from({ length: batch }, (_, i) => ({ seed: 40 + i, className: null }))
    const points = pointsOf(samples)
    const { latents } = latentsOf(config, points, 0.7)
    const labels = BigInt64Array.from(samples, ({ seed }) => BigInt(seed % (classes?.length ?? 1)))
    const { images } = await session.run({
      latents: new Tensor('float32', latents, [batch, latentSize]),
      ...(classes && { labels: new Tensor('int64', labels, [batch]) }),
    })
    const side = sampler.position.resolution
    expect(images!.dims).toEqual([batch, channels, side, side])
    const ours = await sampler.drawFloats(points, 0.7)
    const theirs = images!.data as Float32Array
    const place = (i: number) => {
      const [picture, rest] = [Math.floor(i / (channels * side ** 2)), i % (channels * side ** 2)]
      const [channel, pixel] = [Math.floor(rest / side ** 2), rest % side ** 2]
      return (picture * side ** 2 + pixel) * channels + channel
    }
    expect(Math.max(...theirs.map((value, i) => Math.abs(value - ours[place(i)]!)))).toBeLessThan(
      1e-4,
    )
    expect(Math.max(...ours) - Math.min(...ours), 'pictures of something').toBeGreaterThan(0.1)
  }
  await session.release()
})

test('a model that draws other pictures is not left on the disk', async () => {
  const tiny = tinyRun(160)
  const checkpoint = loadCheckpoint(tiny.run, null)
  await using sampler = await tiny.sampler()
  const model = (name: string) => {
    const tensors = new Map(checkpoint.tensors)
    const { shape, values } = tensors.get(name)!
    tensors.set(name, { shape, values: values.map((value) => value + 0.1) })
    return onnxGenerator(tiny.run.config, sampler.position, tensors, {})
  }
  expect(await differenceFrom(sampler, model('average/16x16/toRGB/bias'), 2)).toBeGreaterThan(
    MOST_DIFFERENCE,
  )
  expect(await differenceFrom(sampler, model('generator/16x16/toRGB/bias'), 2)).toBeLessThan(1e-4)
})
