import type { LatentPoint, Sample } from '../../shared/domain/sample'
import type { ExportRequest } from '../../shared/domain/exportRequest'
import type { galleryRequests, GalleryCheckpoint, Nearest } from '../../shared/protocol/gallery'
import type { Handlers } from '../../shared/protocol/service'
import { shapeOf } from '../export/checkpointSampler'
import { exportRun } from '../export/exportRun'
import { nearestPictures } from '../export/nearest'
import { mosaicGrid } from '../export/timeLapse'
import { readTrace } from '../export/traceNote'
import { OnnxEngine } from '../runtime/onnx'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'
import type { Jobs } from './jobs'
import { Samplers } from './samplers'
import { readRun, workOnRun } from './readRun'

type Requests = {
  readonly name: 'gallery'
  readonly requests: typeof galleryRequests
  readonly events: Record<never, never>
}
type NearestRequest = {
  runId: string
  checkpointId: number
  point: LatentPoint
  truncation: number
  count: number
}

/** Answers what windows ask about samples of runs, their favourites and exports. */
export class Gallery {
  readonly handlers: Handlers<Requests>
  readonly #home: Home
  readonly #samplers: Samplers
  /** Stops the search before: nobody waits for it once another is asked for. */
  #search = new AbortController()

  constructor(home: Home, jobs: Jobs) {
    this.#home = home
    this.#samplers = new Samplers(home)
    this.handlers = {
      galleryCheckpoints: async ({ runId }) => readRun(this.#home, runId, checkpointsOf),
      drawSamples: ({ runId, checkpointId, points, truncation }) =>
        this.#samplers.use(runId, checkpointId, async (sampler) => ({
          resolution: sampler.position.resolution,
          channels: sampler.config.channels,
          pixels: await sampler.draw(points, truncation),
        })),
      nearestPictures: (asked) => this.#nearest(asked),
      favourites: async ({ runId }) => readRun(this.#home, runId, (run) => run.favourites.list()),
      setFavourite: async ({ runId, sample, favourite }) =>
        this.#setFavourite(runId, sample, favourite),
      startExport: async (request) => ({
        jobId: jobs.start((report, signal) => this.#export(request, report, signal)),
      }),
      tracePicture: async ({ bytes }) => {
        const trace = readTrace(bytes)
        return { trace, runExists: trace !== null && this.#hasRun(trace.runId) }
      },
      mosaicGrid: async ({ runId }) => readRun(this.#home, runId, mosaicGrid),
    }
  }

  async #export(
    request: ExportRequest,
    onProgress: (label: string, done: number, total: number | null) => void,
    signal: AbortSignal,
  ): Promise<string> {
    return workOnRun(this.#home, request.runId, (run) => {
      const engine = new OnnxEngine({ threads: run.config.threads })
      return exportRun(run, engine, request, { onProgress, signal })
    })
  }

  async #nearest(asked: NearestRequest): Promise<Nearest> {
    const { runId, checkpointId, point, truncation, count } = asked
    this.#search.abort(new Error('Another search began.'))
    this.#search = new AbortController()
    const { signal } = this.#search
    const { datasetId, mirror, pictures } = readRun(this.#home, runId, (run) => ({
      datasetId: run.summary().datasetId,
      mirror: run.config.mirror,
      pictures: run.config.pictures,
    }))
    const dataset = DatasetFile.open(this.#home.datasetFile(datasetId))
    try {
      const sample = await this.#samplers.use(runId, checkpointId, async (sampler) => {
        const { resolution } = sampler.position
        const pixels = await sampler.draw([point], truncation)
        return { pixels, width: resolution, height: resolution, channels: sampler.config.channels }
      })
      return await nearestPictures(dataset, sample, { count, mirror, pictures, signal })
    } finally {
      dataset.close()
    }
  }

  #setFavourite(runId: string, sample: Sample, favourite: boolean) {
    const run = RunFile.openForWriting(this.#home.runFile(runId))
    try {
      run.favourites.set(sample, favourite)
      return run.favourites.list()
    } finally {
      run.close()
    }
  }

  #hasRun(runId: string): boolean {
    try {
      return readRun(this.#home, runId, () => true)
    } catch {
      return false
    }
  }
}

function checkpointsOf(run: RunFile): GalleryCheckpoint[] {
  return run
    .checkpoints()
    .reverse()
    .map((info) => {
      const { resolution, alpha } = shapeOf(run.config, info)
      return { info, resolution, alpha }
    })
}
