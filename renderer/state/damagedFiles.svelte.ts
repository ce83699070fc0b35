import * as v from 'valibot'
import { RepairReportSchema, type Problem, type RepairReport } from '../../shared/domain/repair'
import type { App } from './app.svelte'
import { errorWords } from './problemWords'

/** A file that cannot be used, and what became of its repair. */
export type DamagedFile = Problem & { jobId: string | null; error: string | null }

/** Files among the runs and datasets that cannot be read, and their repairs. */
export class DamagedFiles {
  list: DamagedFile[] = $state.raw([])
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  /** Asks which there are. Those whose repair was asked for stay until they are closed. */
  async refresh(): Promise<void> {
    const problems = await this.#app.bridge.library.client.problems()
    const known = new Map(this.list.map((each) => [each.file, each]))
    const found = problems.map(
      (problem) => known.get(problem.file) ?? { ...problem, jobId: null, error: null },
    )
    const gone = this.list.filter(
      ({ file, jobId }) => jobId !== null && !problems.some((problem) => problem.file === file),
    )
    this.list = [...gone, ...found]
  }

  /** How a repair is going; null before its first report. */
  statusOf({ jobId }: DamagedFile) {
    return jobId === null ? null : (this.#app.jobs.get(jobId) ?? null)
  }

  /** What a repair that is done saved; null before that. */
  reportOf(file: DamagedFile): RepairReport | null {
    const status = this.statusOf(file)
    return status?.kind === 'done' ? v.parse(RepairReportSchema, JSON.parse(status.result)) : null
  }

  async repair({ kind, id, file }: DamagedFile): Promise<void> {
    try {
      const { jobId } = await this.#app.bridge.library.client.repairFile({ kind, id })
      this.#change(file, { jobId, error: null })
    } catch (error) {
      this.#change(file, { error: errorWords(error) })
    }
  }

  dismiss({ file }: DamagedFile): void {
    this.list = this.list.filter((each) => each.file !== file)
  }

  #change(file: string, changes: Partial<DamagedFile>): void {
    this.list = this.list.map((each) => (each.file === file ? { ...each, ...changes } : each))
  }
}
