import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { physicalCores } from '../../../main/runtime/devices'
import type { Resolution } from '../../../shared/domain/resolution'
import { trainConfigFor } from '../../../shared/domain/trainConfig'
import { inputsOf, openStep } from '../bareStep'

/**
 * What the training loop costs beside its steps: images/s and CPU time per image of `sprout train` on the sample
 * pictures, with ticks, mosaics and checkpoints as often as they are by default, beside the bare step. The two take
 * turns: one stands still (SIGSTOP) while the other is timed. Linux only.
 *
 * usage: overhead [--sizes 4,8,16,32] [--rounds 3] [--seconds 30]
 */
const option = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]!
}
const PRESET = 'small'
const CLI = join(process.cwd(), 'out/main/cli.cjs')
/** Clock ticks of Linux' process times. */
const TICKS_PER_SECOND = 100

type Sample = { images: number; seconds: number; cpuSeconds: number }
type Turns = { child: ChildProcess; take(ms: number): Promise<Sample> }

const shapeAt = (resolution: Resolution) => {
  const phase: 'stable' | 'fade' = resolution === 4 ? 'stable' : 'fade'
  return { resolution, phase, batch: 16 }
}

const configAt = (resolution: Resolution) =>
  trainConfigFor({
    seed: 1,
    channels: 4,
    preset: PRESET,
    firstResolution: 4,
    finalResolution: resolution,
  })

/** Steps as fast as they go; tells after each how many images, wall seconds and CPU seconds there were so far. */
async function bare(resolution: Resolution): Promise<void> {
  const [config, shape] = [configAt(resolution), shapeAt(resolution)]
  const session = await openStep(config, shape, physicalCores())
  const inputs = inputsOf(config, shape, 1)
  for (let step = 1; ; step++) {
    await session.run([inputs])
    console.log(JSON.stringify({ type: 'tick', resolution, imagesSeen: step * shape.batch }))
  }
}

function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Starts a program that prints ticks and lets it run until it has printed a few of the wanted size. */
async function start(args: string[], resolution: Resolution): Promise<Turns> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const marks: (Sample & { at: number })[] = []
  let heard: () => void = () => undefined
  createInterface({ input: child.stdout! }).on('line', (text) => {
    const line = JSON.parse(text) as { type: string; resolution?: number; imagesSeen?: number }
    if (line.type !== 'tick' || line.resolution !== resolution) return
    const seconds = performance.now() / 1000
    marks.push({
      at: marks.length,
      images: line.imagesSeen!,
      seconds,
      cpuSeconds: cpuSeconds(child),
    })
    heard()
  })
  const until = (done: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      child.on('exit', (code, signal) =>
        reject(new Error(`${args.join(' ')} ended with ${code ?? signal}`)),
      )
      heard = () => done() && resolve()
    })
  await until(() => marks.length > 3)
  child.kill('SIGSTOP')
  return {
    child,
    async take(ms) {
      const first = marks.length
      child.kill('SIGCONT')
      const begun = performance.now()
      await until(() => performance.now() - begun >= ms && marks.length > first + 1)
      child.kill('SIGSTOP')
      const [from, to] = [marks[first]!, marks.at(-1)!]
      return {
        images: to.images - from.images,
        seconds: to.seconds - from.seconds,
        cpuSeconds: to.cpuSeconds - from.cpuSeconds,
      }
    },
  }
}

/** `sprout train` that hurries through the sizes below, then fades the wanted one in for long. */
function trainArguments(resolution: Resolution, home: string): string[] {
  const [first, phases] =
    resolution === 4
      ? ['4', ['--stable-images', '10000000']]
      : [`${Math.min(8, resolution / 2)}`, ['--stable-images', '16', '--fade-images', '10000000']]
  const data = ['--data', 'sample:emoji', '--preset', PRESET, '--home', home, '--json']
  return [CLI, 'train', '--from', first, '--to', `${resolution}`, ...phases, ...data]
}

async function compare(resolution: Resolution): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'sprout-overhead-'))
  const children: ChildProcess[] = []
  try {
    const ours = await start(trainArguments(resolution, home), resolution)
    children.push(ours.child)
    const plain = await start([process.argv[1]!, 'bare', `${resolution}`], resolution)
    children.push(plain.child)
    const samples: { loop: Sample; step: Sample }[] = []
    const ms = 1000 * Number(option('seconds', '30'))
    for (let round = 0; round < Number(option('rounds', '3')); round++) {
      samples.push({ loop: await ours.take(ms), step: await plain.take(ms) })
    }
    const middle = (of: (sample: Sample) => number, who: 'loop' | 'step') =>
      median(samples.map((sample) => of(sample[who])))
    const speed = (sample: Sample) => sample.images / sample.seconds
    const cost = (sample: Sample) => (1000 * sample.cpuSeconds) / sample.images
    const [loop, step] = [middle(speed, 'loop'), middle(speed, 'step')]
    const [loopCpu, stepCpu] = [middle(cost, 'loop'), middle(cost, 'step')]
    const cells = [
      `${resolution}`,
      loop.toFixed(1),
      step.toFixed(1),
      `${((100 * loop) / step).toFixed(1)} %`,
      loopCpu.toFixed(2),
      stepCpu.toFixed(2),
      `${((100 * stepCpu) / loopCpu).toFixed(1)} %`,
    ]
    return `| ${cells.join(' | ')} |`
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

async function main(): Promise<void> {
  if (process.argv[2] === 'bare') return bare(Number(process.argv[3]) as Resolution)
  console.log(`preset ${PRESET}, batch 16, wgan-gp, ${physicalCores()} threads; medians\n`)
  console.log('| px | loop images/s | step images/s | share | loop CPU ms/image | step | share |')
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
  for (const size of option('sizes', '4,8,16,32').split(',').map(Number)) {
    console.log(await compare(size as Resolution))
  }
}

void main()
