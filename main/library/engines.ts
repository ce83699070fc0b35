import { explained } from '../../shared/domain/explanation'
import type { EngineReport, EngineWork } from '../../shared/domain/engine'
import type { JobHost } from '../../shared/jobs'
import {
  installTensorflow,
  removeTensorflow,
  repairTensorflow,
  tensorflowNeeds,
  tensorflowStatus,
  tensorflowSupported,
  type InstallOptions,
} from '../runtime/tensorflow/install'
import type { Jobs, Report } from './jobs'

/** What work on engines needs of the library. */
export type EnginesParts = {
  /** Folder of engines. */
  readonly engines: string
  readonly jobs: Jobs
  readonly processes?: JobHost
  /** Name of a run that is being trained with the engine just now; null when none is. */
  readonly trainingWith: () => string | null
  /** Told when work begins and ends. */
  readonly changed: () => void
}

/** Lists, installs, repairs and removes engines; one thing at a time. */
export class Engines {
  readonly #parts: EnginesParts
  #work: EngineReport['work'] = null

  constructor(parts: EnginesParts) {
    this.#parts = parts
  }

  list(): EngineReport[] {
    const { engines } = this.#parts
    return [
      {
        name: 'tensorflow',
        supported: tensorflowSupported(),
        ...tensorflowStatus(engines),
        needs: tensorflowNeeds(engines),
        work: this.#work,
      },
    ]
  }

  /** Starts work on the engine as a job and answers its id. Throws when there is some already, or a run needs it. */
  start(kind: EngineWork): string {
    if (this.#work !== null) throw explained('engine_busy', {})
    const run = this.#parts.trainingWith()
    if (run !== null) throw explained('engine_in_use', { run })
    const { jobs, changed } = this.#parts
    const jobId = jobs.start(async (report, signal) => {
      try {
        return await this.#do(kind, report, signal)
      } finally {
        this.#work = null
        // A turn later, so that whoever asks anew knows how the job ended.
        setImmediate(changed)
      }
    })
    this.#work = { kind, jobId }
    changed()
    return jobId
  }

  async #do(kind: EngineWork, report: Report, signal: AbortSignal): Promise<string> {
    const { engines, processes } = this.#parts
    if (kind === 'remove') return `${removeTensorflow(engines)}`
    const options: InstallOptions = {
      engines,
      signal,
      ...(processes && { processes }),
      onProgress: ({ phase, done, total }) => report(phase, done, total),
    }
    if (kind === 'install') await installTensorflow(options)
    else await repairTensorflow(options)
    return ''
  }
}
