import { spawn, type ChildProcess } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface, type Interface } from 'node:readline'
import { physicalCores } from '../../../main/runtime/devices'
import { FMAP_MAX } from '../../../shared/domain/presets'
import type { Preset } from '../../../shared/domain/trainConfig'
import { median } from '../median'
import { option } from '../option'

/**
 * Images per second of one training step, ours beside PyTorch's, at 4 to 64 px for both losses. Every program
 * is a process of its own that is timed in turn (A B C A B C ...), so that a noisy machine is noisy for all.
 *
 * usage: step [--sizes 4,8,16] [--losses wgan-gp,logistic] [--preset small] [--rounds 3] [--seconds 1.5]
 */
type Contender = { name: string; command: string[] }
type Timed = Contender & { child: ChildProcess; lines: AsyncIterator<string>; speeds: number[] }

const [worker, python, script] = process.argv.slice(2) as [string, string, string]

function contenders(size: number, loss: string): Contender[] {
  const preset = option('preset', 'small')
  const batch = size >= 64 ? 8 : 16
  const threads = physicalCores()
  const torch = (form: string, layout: string) => [
    python,
    script,
    `${size}`,
    loss,
    form,
    layout,
    `${FMAP_MAX[preset as Preset]}`,
    `${batch}`,
    `${threads}`,
  ]
  return [
    {
      name: 'Sprout',
      command: [process.execPath, worker, `${size}`, loss, preset, `${batch}`, `${threads}`],
    },
    { name: 'PyTorch plain', command: torch('plain', 'channels_last') },
    { name: 'PyTorch tuned', command: torch('tuned', 'channels_last') },
    { name: 'PyTorch plain nchw', command: torch('plain', 'nchw') },
    { name: 'PyTorch tuned nchw', command: torch('tuned', 'nchw') },
  ]
}

async function start(contender: Contender): Promise<Timed> {
  const [program, ...rest] = contender.command as [string, ...string[]]
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const reader: Interface = createInterface({ input: child.stdout! })
  const lines = reader[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.value !== 'READY') throw new Error(`${contender.name} did not start`)
  return { ...contender, child, lines, speeds: [] }
}

async function compare(size: number, loss: string): Promise<Timed[]> {
  const timed: Timed[] = []
  for (const contender of contenders(size, loss)) timed.push(await start(contender))
  const seconds = option('seconds', '1.5')
  for (let round = 0; round < Number(option('rounds', '3')); round++) {
    for (const one of timed) {
      one.child.stdin!.write(`go ${seconds}\n`)
      const { value } = await one.lines.next()
      one.speeds.push((JSON.parse(value) as { imagesPerSecond: number }).imagesPerSecond)
    }
  }
  for (const one of timed) one.child.kill()
  return timed
}

async function main(): Promise<void> {
  console.log(`${cpus()[0]!.model}, ${physicalCores()} cores; preset ${option('preset', 'small')}`)
  console.log('images/s, medians; "plain" and "tuned" are the faster of nchw and channels_last\n')
  console.log('| loss | px | Sprout | PyTorch plain | PyTorch tuned | / plain | / tuned |')
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |')
  for (const loss of option('losses', 'wgan-gp,logistic').split(',')) {
    for (const size of option('sizes', '4,8,16,32,64').split(',').map(Number)) {
      const timed = await compare(size, loss)
      const speed = (name: string) =>
        Math.max(...timed.filter((t) => t.name.startsWith(name)).map((t) => median(t.speeds)))
      const [ours, plain, tuned] = [speed('Sprout'), speed('PyTorch plain'), speed('PyTorch tuned')]
      const cells = [ours, plain, tuned].map((v) => v.toFixed(1))
      const ratios = [ours / plain, ours / tuned].map((v) => v.toFixed(2))
      console.log(`| ${[loss, size, ...cells, ...ratios].join(' | ')} |`)
    }
  }
}

void main()
