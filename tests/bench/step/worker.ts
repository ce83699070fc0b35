import { createInterface } from 'node:readline'
import { trainConfigFor } from '../../../shared/domain/presets'
import type { LossName, Preset } from '../../../shared/domain/trainConfig'
import type { Resolution } from '../../../shared/domain/resolution'
import type { Phase } from '../../../shared/schedule'
import type { InputValues } from '../../../main/runtime/engine'
import { siteKey, type ConvKernel } from '../../../main/compiler/convSites'
import { tuneKernels } from '../../../main/runtime/kernelTuner'
import { OnnxEngine, type ChooseKernels } from '../../../main/runtime/onnx'
import { initialState, growState } from '../../../main/trainer/networkState'
import { randomStream } from '../../../main/trainer/random'
import { trainStepProgram } from '../../../main/trainer/step'

/** Steps before each stretch that are not timed. */
const WARM_STEPS = 2

/** Times the compiled step: `worker RESOLUTION LOSS PRESET BATCH THREADS`; READY, then `go SECONDS` lines. */
async function main(): Promise<void> {
  const [size, lossName, presetName, batchText, threadsText, onlyText] = process.argv.slice(2)
  const only = onlyText as ConvKernel | undefined
  const resolution = Number(size) as Resolution
  const loss = lossName as LossName
  const batch = Number(batchText)
  const phase: Phase = resolution === 4 ? 'stable' : 'fade'
  const config = trainConfigFor({
    seed: 1,
    channels: 3,
    preset: presetName as Preset,
    firstResolution: 4,
    finalResolution: resolution,
    loss,
  })
  const tuned = new Map<string, ConvKernel>()
  const chooseKernels: ChooseKernels = (sites, on) =>
    only === undefined
      ? tuneKernels(sites, on, tuned)
      : Promise.resolve(new Map(sites.map((site) => [siteKey(site), only])))
  const engine = new OnnxEngine({ threads: Number(threadsText), chooseKernels })
  const session = await engine.load(trainStepProgram(config, { resolution, phase, batch }))
  let state = initialState(config, 4)
  let at: { resolution: Resolution; phase: Phase } = { resolution: 4, phase: 'stable' }
  for (let r = 8; r <= resolution; r *= 2) {
    for (const next of ['fade', 'stable'] as const) {
      if (r === resolution && next === 'stable') break
      const to = { resolution: r as Resolution, phase: next }
      state = growState(config, state, at, to)
      at = to
    }
  }
  await session.setState(state)

  let step = 0
  const inputs = (): InputValues => {
    step++
    const uniforms = randomStream(1, 'bench', step)
    return {
      reals: new Uint8Array(batch * resolution * resolution * 3).fill(step % 256),
      latents: uniforms.normals(batch * config.latentSize),
      ...(loss === 'wgan-gp' && { mix: uniforms.uniforms(batch) }),
      ...(phase === 'fade' && { alpha: Float32Array.of(0.3) }),
      learningRate: Float32Array.of(1e-3),
      adamStep: Float32Array.of(step),
    }
  }
  if (tuned.size > 0) console.error([...tuned].map((entry) => entry.join(': ')).join('\n'))
  await session.run([inputs(), inputs()])
  console.log('READY')
  for await (const line of createInterface({ input: process.stdin })) {
    const seconds = Number(line.split(' ')[1])
    // Memory of a process that stood still may have been put away meanwhile.
    for (let i = 0; i < WARM_STEPS; i++) await session.run([inputs()])
    const times: number[] = []
    const started = performance.now()
    while (performance.now() - started < seconds * 1000 || times.length < 3) {
      const begun = performance.now()
      await session.run([inputs()])
      times.push((performance.now() - begun) / 1000)
    }
    times.sort((a, b) => a - b)
    console.log(JSON.stringify({ imagesPerSecond: batch / times[times.length >> 1]! }))
  }
}

void main()
