import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { physicalCores } from '../../../main/runtime/devices'
import type { Resolution } from '../../../shared/domain/resolution'
import { median } from '../median'
import { runBare, startBare } from './bare'
import { timeLoop, trainArguments } from '../trainLoop'
import type { Sample } from '../sample'

/**
 * What the training loop costs beside its steps: images/s and CPU time per image of `sprout train` on the sample
 * pictures, with ticks, mosaics, checkpoints and quality as often as they are by default, beside the bare step of the
 * same run with the same kernels, by turns. Linux only.
 *
 * usage: overhead [--sizes 8,16,32] [--rounds 3] [--checkpoints 2] [--seconds 30]
 */
const option = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]!
}
const PRESET = 'small'

async function compare(resolution: Resolution): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'sprout-overhead-'))
  const checkpoints = Number(option('checkpoints', '2'))
  try {
    // Not counted: it prepares pictures, chooses kernels, and leaves a checkpoint mid-fade.
    const { runId } = await timeLoop(trainArguments(resolution, home, PRESET), resolution, 1)
    const bare = await startBare(home, runId)
    const samples: { loop: Sample; step: Sample }[] = []
    try {
      for (let round = 0; round < Number(option('rounds', '3')); round++) {
        const args = ['resume', runId, '--home', home, '--json']
        const loop = await timeLoop(args, resolution, checkpoints)
        samples.push({ loop, step: await bare.time(Number(option('seconds', '30'))) })
      }
    } finally {
      await bare.end()
    }
    return row(resolution, samples)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function row(resolution: Resolution, samples: readonly { loop: Sample; step: Sample }[]): string {
  const middle = (of: (sample: Sample) => number, who: 'loop' | 'step') =>
    median(samples.map((sample) => of(sample[who])))
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const speed = ({ images, seconds }: Sample) => images / seconds
  const cost = ({ cpuSeconds, images }: Sample) => (1000 * cpuSeconds) / images
  const [loop, step] = [middle(speed, 'loop'), middle(speed, 'step')]
  const [loopCpu, stepCpu] = [middle(cost, 'loop'), middle(cost, 'step')]
  const within = middle(({ stepSeconds, seconds }) => stepSeconds / seconds, 'loop')
  const cells = [`${resolution}`, loop.toFixed(1), step.toFixed(1), percent(loop / step)]
  cells.push(percent(within), loopCpu.toFixed(2), stepCpu.toFixed(2), percent(stepCpu / loopCpu))
  return `| ${cells.join(' | ')} |`
}

async function main(): Promise<void> {
  const [, , mode, home, runId] = process.argv
  if (mode === 'bare') return runBare(home!, runId!)
  console.log(`preset ${PRESET}, batch 16, wgan-gp, ${physicalCores()} threads; medians\n`)
  console.log(
    '| px | loop images/s | step images/s | share | loop within steps | loop CPU ms/image | step | share |',
  )
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
  for (const size of option('sizes', '8,16,32').split(',').map(Number)) {
    console.log(await compare(size as Resolution))
  }
}

void main()
