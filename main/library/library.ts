import type { RunSummary } from '../../shared/domain/run'
import type { Rehearsal, RehearsalQuestion } from '../../shared/domain/rehearsal'
import type { JobHost } from '../../shared/jobs'
import type { library } from '../../shared/protocol/library'
import type { Emit, Handlers } from '../../shared/protocol/service'
import { networkStats } from '../export/networkStats'
import { prepareDataset } from '../pictures/prepare'
import { estimateRehearsal, rehearse } from '../rehearsal/rehearse'
import { OnnxEngine } from '../runtime/onnx'
import { Catalog } from '../store/catalog'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { faultHandlers } from './faults'
import { Gallery } from './gallery'
import { historyHandlers } from './history'
import { Jobs } from './jobs'
import { pictureHandlers } from './pictures'
import { runPictureHandlers } from './runPictures'
import { machineHandlers } from './machine'
import { addNote, changeSettings } from './runChanges'
import { createRun } from './runs'
import { readRun, workOnRun } from './readRun'

/** Answers the library protocol for one home folder. */
export class Library {
  readonly handlers: Handlers<typeof library>
  readonly #home: Home
  readonly #catalog: Catalog
  readonly #processes: JobHost
  readonly #observers = new Set<Emit<typeof library>>()
  readonly #jobs = new Jobs((progress) => this.#emit('job', progress))

  /** `processes` runs what needs a process of its own. */
  constructor(home: Home, processes: JobHost) {
    this.#home = home
    this.#processes = processes
    this.#catalog = Catalog.open(home)
    this.handlers = {
      ...this.#runHandlers(),
      ...this.#datasetHandlers(),
      ...pictureHandlers(this.#jobs, this.#emit),
      ...new Gallery(home, this.#jobs).handlers,
      ...historyHandlers({
        home,
        catalog: this.#catalog,
        jobs: this.#jobs,
        changed: () => this.#emit('runsChanged', {}),
      }),
      ...faultHandlers({
        home,
        catalog: this.#catalog,
        jobs: this.#jobs,
        changed: () => this.#emit('runsChanged', {}),
      }),
      ...machineHandlers({
        home,
        catalog: this.#catalog,
        jobs: this.#jobs,
        processes,
        changed: () => this.#emit('machineChanged', {}),
      }),
      estimateRehearsal: async (question) => estimateRehearsal(home, question),
      rehearse: async ({ question, again }) => ({ jobId: this.#rehearse(question, again) }),
      addNote: async ({ runId, text }) => {
        addNote(home, runId, text)
        this.#emit('runsChanged', {})
      },
      changeSettings: async ({ runId, change }) => {
        changeSettings(home, runId, change)
        this.#emit('runsChanged', {})
      },
      runCurve: async ({ runId, fromImages, toImages, most }) =>
        readRun(this.#home, runId, (run) => run.curve(fromImages, toImages, most)),
      // One thread, beside a run that may be training.
      networkStats: ({ runId }) =>
        workOnRun(home, runId, (run) => networkStats(run, new OnnxEngine({ threads: 1 }))),
      cancelJob: async ({ jobId }) => this.#jobs.cancel(jobId),
      ...runPictureHandlers(home),
      runQuality: async ({ runId }) => readRun(home, runId, (run) => run.qualities.history()),
    }
  }

  /** Adds a listener to all events; the returned function takes it away. */
  observe(emit: Emit<typeof library>): () => void {
    this.#observers.add(emit)
    return () => this.#observers.delete(emit)
  }

  #emit: Emit<typeof library> = (event, payload) => {
    for (const emit of this.#observers) emit(event, payload)
  }

  #runHandlers() {
    return {
      listRuns: async () => this.#catalog.listRuns(),
      getRun: async ({ runId }: { runId: string }) => this.#catalog.findRun(runId),
      runEvents: async (asked: { runId: string; afterSeq: number; limit: number }) =>
        readRun(this.#home, asked.runId, (run) => run.eventsAfter(asked.afterSeq, asked.limit)),
      createRun: async (wanted: Parameters<typeof createRun>[1]): Promise<RunSummary> => {
        const runId = createRun(this.#home, wanted)
        this.#emit('runsChanged', {})
        return this.#catalog.findRun(runId)
      },
      verifyRun: async ({ runId }: { runId: string }) =>
        readRun(this.#home, runId, (run) => run.verify()),
    } satisfies Partial<Handlers<typeof library>>
  }

  #datasetHandlers() {
    return {
      listDatasets: async () => this.#catalog.listDatasets(),
      prepareDataset: async (options: Parameters<typeof prepareDataset>[1]) => ({
        jobId: this.#jobs.start(async (report, signal) => {
          const onProgress = (p: { label: string; done: number; total: number | null }) =>
            report(p.label, p.done, p.total)
          return (await prepareDataset(this.#home, options, { onProgress, signal })).id
        }),
      }),
      skippedFiles: async ({ datasetId }: { datasetId: string }) => {
        const dataset = DatasetFile.open(this.#home.datasetFile(datasetId))
        try {
          return dataset.skippedFiles()
        } finally {
          dataset.close()
        }
      },
    } satisfies Partial<Handlers<typeof library>>
  }

  /** Starts a rehearsal and answers its job's id. */
  #rehearse(question: RehearsalQuestion, again: boolean): string {
    const jobId = this.#jobs.start(async (report, signal) => {
      const onProgress = (rehearsal: Rehearsal) => {
        this.#emit('rehearsal', { jobId, rehearsal })
        const { measuring, stages } = rehearsal
        if (measuring !== null)
          report(`${stages[measuring]!.resolution} px`, measuring, stages.length)
      }
      await rehearse(this.#home, this.#processes, question, { again, signal, onProgress })
      return ''
    })
    return jobId
  }
}
