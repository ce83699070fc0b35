import { offer, serveJobs } from '../../main/ipc/serveJobs'
import { OnnxDeviceEngine } from '../../main/runtime/onnxDevice'
import type { JobHandler } from '../../shared/jobs'
import { Fixture, hasGradients } from './fixture'
import { gradientsOf, stepsOf } from './results'
import { fixturesJob } from './webgpuJob'

const compute: JobHandler<typeof fixturesJob> = async ({ names }) => {
  const engine = new OnnxDeviceEngine('webgpu')
  const results: Awaited<ReturnType<typeof compute>> = {}
  for (const name of names) {
    const fixture = new Fixture(name)
    const gradients = hasGradients(fixture) ? await gradientsOf(engine, fixture) : null
    const { outputs, states } = await stepsOf(engine, fixture, 1)
    results[name] = { gradients, steps: { outputs: [...outputs], states: [...states] } }
  }
  return results
}

serveJobs([offer(fixturesJob, async () => compute)])
