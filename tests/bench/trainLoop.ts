import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import type { Resolution } from '../../shared/domain/resolution'
import { processTimes } from './processTimes'
import type { Sample } from './sample'

const CLI = join(process.cwd(), 'out/main/cli.cjs')
/** Ticks of a new process before its speed counts: the first ones come with the first mosaic and warm up memory. */
const WARM_TICKS = 4

/** `sprout train` that hurries through the sizes below, then fades the wanted one in for long. */
export function trainArguments(resolution: Resolution, home: string, preset: string): string[] {
  const [first, phases] =
    resolution === 4
      ? ['4', ['--stable-images', '10000000']]
      : [`${Math.min(8, resolution / 2)}`, ['--stable-images', '16', '--fade-images', '10000000']]
  const data = ['--data', 'sample:emoji', '--preset', preset, '--home', home, '--json']
  return ['train', '--from', first, '--to', `${resolution}`, ...phases, ...data]
}

type Line = {
  type: string
  runId?: string
  resolution?: number
  imagesSeen?: number
  imagesPerSecond?: number
}

/**
 * Times the training loop from one of its ticks until after the given number of its checkpoints, so that whatever comes
 * by the clock counts as often as it does in a long training; then kills it. Its first checkpoint comes 60 s after its
 * start by default.
 */
export async function timeLoop(
  args: readonly string[],
  resolution: Resolution,
  checkpoints: number,
): Promise<Sample & { runId: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  try {
    const now = () => ({ wall: performance.now() / 1000, cpu: processTimes(child.pid!).cpuSeconds })
    let [runId, ticks, saved, seen, stepSeconds] = ['', 0, 0, 0, 0]
    let from: { images: number; wall: number; cpu: number } | null = null
    for await (const text of createInterface({ input: child.stdout! })) {
      const line = JSON.parse(text) as Line
      if (line.runId !== undefined) runId = line.runId
      if (line.type === 'checkpoint' && from !== null) saved++
      if (line.type !== 'tick' || line.resolution !== resolution) continue
      const images = line.imagesSeen!
      if (++ticks < WARM_TICKS) continue
      if (from === null) from = { images, ...now() }
      else stepSeconds += (images - seen) / line.imagesPerSecond!
      seen = images
      if (saved < checkpoints) continue
      const { wall, cpu } = now()
      const [seconds, cpuTime] = [wall - from.wall, cpu - from.cpu]
      return { runId, images: images - from.images, seconds, cpuSeconds: cpuTime, stepSeconds }
    }
    throw new Error(`sprout ${args.join(' ')} ended before it was timed.`)
  } finally {
    child.kill('SIGKILL')
    await gone
  }
}
