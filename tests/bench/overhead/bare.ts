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
import type { Mark, Party } from '../turns/timeByTurns'

const WARM_STEPS = 8

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

/** This process: nothing but the steps of a run where it stands, as fast as they go; prints its marks. */
export async function runBare(home: string, runId: string): Promise<void> {
  const run = RunFile.openForReading(openHome(home).runFile(runId))
  const { config } = run
  const shape = positionAt(config, run.checkpoints().at(-1)!.imagesSeen)
  const session = await openStep(config, shape, physicalCores(), kernelsOf(run))
  run.close()
  const inputs = inputsOf(config, shape, 1)
  for (let step = 1; ; step++) {
    await session.run([inputs])
    const mark: Mark = { images: step * shape.batch, at: Date.now() }
    console.log(JSON.stringify(mark))
  }
}

/** Bare steps in a process of their own, warmed up and stopped. */
export async function startBare(home: string, runId: string) {
  const args = [process.argv[1]!, 'bare', home, runId]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const marks: Mark[] = []
  const lines = createInterface({ input: child.stdout! })
  lines.on('line', (text) => marks.push(JSON.parse(text) as Mark))
  while (marks.length < WARM_STEPS) await once(lines, 'line')
  child.kill('SIGSTOP')
  const party: Party = { pid: child.pid!, marks: () => marks }
  return {
    party,
    async end() {
      child.kill('SIGKILL')
      await gone
    },
  }
}
