import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { physicalCores } from '../../../main/runtime/devices'
import type { Resolution } from '../../../shared/domain/resolution'
import { trainConfigFor } from '../../../shared/domain/presets'
import type { Preset } from '../../../shared/domain/trainConfig'
import { inputsOf, openStep } from '../bareStep'

/**
 * Most memory that a WGAN-GP step mid-fade takes, a process for each size of micro-batch. Linux only, where the kernel
 * keeps the peak.
 *
 * usage: memory [RESOLUTION 256] [PRESET medium] [STEPS 2] [MICRO-BATCHES whole,4]
 */
function compare([
  size = '256',
  preset = 'medium',
  steps = '2',
  sizes = 'whole,4',
]: string[]): void {
  console.log(
    `${preset}, ${size} px, mid-fade, wgan-gp, ${steps} steps, ${physicalCores()} threads\n`,
  )
  console.log('| batch | micro-batch | s/step | peak MiB |\n| ---: | ---: | ---: | ---: |')
  for (const microBatch of sizes.split(',')) {
    const args = [process.argv[1]!, 'one', size, preset, steps, microBatch]
    spawnSync(process.execPath, args, { stdio: 'inherit' })
  }
}

async function measure([size, preset, steps, microBatchText]: string[]): Promise<void> {
  const resolution = Number(size) as Resolution
  const microBatch = microBatchText === 'whole' ? null : Number(microBatchText)
  const config = trainConfigFor({
    seed: 1,
    channels: 3,
    preset: preset as Preset,
    firstResolution: 4,
    finalResolution: resolution,
  })
  const { batch } = config.stages.at(-1)!
  const shape = { resolution, phase: 'fade', batch, microBatch } as const
  await using session = await openStep(config, shape, physicalCores())
  let seconds = 0
  for (let step = 1; step <= Number(steps); step++) {
    const inputs = inputsOf(config, shape, step)
    const begun = performance.now()
    await session.run([inputs])
    seconds = (performance.now() - begun) / 1000
  }
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]
  const mebibytes = (Number(peak) / 1024).toFixed(0)
  console.log(`| ${batch} | ${microBatch ?? 'whole'} | ${seconds.toFixed(2)} | ${mebibytes} |`)
}

const [mode, ...args] = process.argv.slice(2)
if (mode === 'one') void measure(args)
else compare(mode === undefined ? [] : [mode, ...args])
