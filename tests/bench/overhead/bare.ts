import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { siteKey, type ConvKernel } from '../../../main/compiler/convSites'
import { physicalCores } from '../../../main/runtime/devices'
import { tuningKey } from '../../../main/runtime/kernelTuner'
import type { ChooseKernels } from '../../../main/runtime/onnx'
import { openHome } from '../../../main/store/home'
import { RunFile } from '../../../main/store/runFile'
import { positionAt } from '../../../shared/schedule'
import { inputsOf, openStep } from '../bareStep'
import { processTimes } from '../processTimes'
import type { Sample } from '../sample'

/** The kernels that a run trains with. */
function kernelsOf(run: RunFile): ChooseKernels {
  const known = run.kernels()
  return (sites, on) => {
    const kernels = new Map<string, ConvKernel>()
    for (const site of sites) {
      const kernel = known[tuningKey(site, on)]
      if (kernel === undefined) throw new Error(`The run does not know ${tuningKey(site, on)}.`)
      kernels.set(siteKey(site), kernel)
    }
    return Promise.resolve(kernels)
  }
}

/** This process: nothing but the steps of a run where it stands, as fast as they go; prints the images after each. */
export async function runBare(home: string, runId: string): Promise<void> {
  const run = RunFile.openForReading(openHome(home).runFile(runId))
  const { config } = run
  const shape = positionAt(config, run.checkpoints().at(-1)!.imagesSeen)
  const session = await openStep(config, shape, physicalCores(), kernelsOf(run))
  run.close()
  const inputs = inputsOf(config, shape, 1)
  for (let step = 1; ; step++) {
    const begun = performance.now()
    await session.run([inputs])
    const seconds = (performance.now() - begun) / 1000
    console.log(JSON.stringify({ images: step * shape.batch, seconds }))
  }
}

/** Bare steps in a process of their own, which stands still but for the stretches that are timed. */
export async function startBare(home: string, runId: string) {
  const args = [process.argv[1]!, 'bare', home, runId]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('The bare step ended before it was timed.')
    const { images, seconds } = JSON.parse(value as string) as { images: number; seconds: number }
    const cpu = processTimes(child.pid!).cpuSeconds
    return { images, stepSeconds: seconds, wall: performance.now() / 1000, cpu }
  }
  for (let step = 0; step < 4; step++) await next()
  child.kill('SIGSTOP')
  return {
    async time(seconds: number): Promise<Sample> {
      child.kill('SIGCONT')
      await next()
      const from = await next()
      let [to, stepSeconds] = [from, 0]
      while (to.wall - from.wall < seconds) {
        to = await next()
        stepSeconds += to.stepSeconds
      }
      child.kill('SIGSTOP')
      return {
        images: to.images - from.images,
        seconds: to.wall - from.wall,
        cpuSeconds: to.cpu - from.cpu,
        stepSeconds,
      }
    },
    async end() {
      child.kill('SIGKILL')
      await gone
    },
  }
}
