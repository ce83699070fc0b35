import type { Problem } from '../../../shared/domain/repair'
import type { StorageTrouble } from '../../../shared/domain/storageTrouble'
import type { DatasetSource } from '../../../shared/domain/dataset'
import { RESOLUTIONS, type Resolution } from '../../../shared/domain/resolution'
import type { RehearsalQuestion } from '../../../shared/domain/rehearsal'
import type { ExportRequest } from '../../../shared/domain/exportRequest'
import type { RunState } from '../../../shared/domain/run'
import { trainConfigFor } from '../../../shared/domain/presets'
import type { TrainConfig } from '../../../shared/domain/trainConfig'
import { serveService } from '../../../shared/protocol/connect'
import type { library } from '../../../shared/protocol/library'
import type { Emit, Handlers } from '../../../shared/protocol/service'
import type { shell } from '../../../shared/protocol/shell'
import { trainer } from '../../../shared/protocol/trainer'
import { totalImages } from '../../../shared/schedule'
import { FakeGallery } from './fakeGallery'
import { FakeTrainer } from './fakeTrainer'
import { scanSteps } from './gardenPictures'
import { gardenHistory } from './gardenHistory'
import { rehearsalOf } from './gardenRehearsal'
import { FakeMachine } from './machine'

const HOUR = 3_600_000
const MIB = 2 ** 20

/** All runs of a made-up computer, and what its services answer. */
export class Garden {
  shellEmit: Emit<typeof shell> = () => {}
  libraryEmit: Emit<typeof library> = () => {}
  readonly trainers = new Map<string, FakeTrainer>()
  training: string | null = null
  /** Milliseconds of a step of preparing, of 256 images, and of a stage's rehearsal. */
  pace = { prepare: 30, train: 40, rehearse: 60 }
  /** Answers to being asked when the window closes, and titles of what was told by way of the system. */
  readonly closings: string[] = []
  readonly notified: string[] = []
  /** How each rehearsal ended. */
  readonly rehearsals: string[] = []
  /** Memory that training may take. */
  memoryBytes = 16 * 2 ** 30
  /** Images at a time with which everything fits. */
  fittingMicroBatch: number | null = null
  /** What the next preparation ends with, when it shall not go well. */
  failPreparing: string | null = null
  /** Pictures in the folder that is chosen. */
  folderFiles = 412
  /** What was put on the clipboard last. */
  copied = ''
  #timer: ReturnType<typeof setInterval> | undefined
  readonly #cancelled = new Set<string>()
  readonly machine = new FakeMachine(() => this.libraryEmit, this.#cancelled)
  /** What the last run was told to train on. */
  trainedOn: string | undefined
  /** Stages that were measured, by the networks' feature maps. */
  readonly #measured = new Map<number, number>()
  readonly #mosaics: ReadonlyMap<Resolution, Uint8Array>
  readonly #previews: Uint8Array[]
  readonly #hand: (name: string) => MessagePort

  constructor(
    mosaics: ReadonlyMap<Resolution, Uint8Array>,
    previews: Uint8Array[],
    hand: (name: string) => MessagePort,
  ) {
    this.#mosaics = mosaics
    this.#previews = previews
    this.#hand = hand
  }

  readonly gallery = new FakeGallery((runId) => this.#of(runId))
  /** Files that cannot be read, and what the repair of one reports, as JSON. */
  problems: Problem[] = []
  /** What keeps the run that trains from being written. */
  trouble: StorageTrouble | null = null
  tellTrouble: (trouble: StorageTrouble | null) => void = () => {}
  repairReport = ''
  /** What was asked to be exported. */
  readonly exports: ExportRequest[] = []

  readonly shell: Handlers<typeof shell> = {
    chooseFolder: async () => '/home/me/Pictures/Succulents',
    chooseSaveFile: async ({ suggestedName }) => `/home/me/Pictures/${suggestedName}`,
    copyText: async ({ text }) => void (this.copied = text),
    chooseOpenFile: async () => '/home/me/Downloads/oak.sprout',
    dragFile: async () => undefined,
    showInFolder: async () => undefined,
    train: async ({ runId, device }) => {
      this.trainedOn = device
      this.start(runId)
      return 'started'
    },
    leaveQueue: async () => undefined,
    watch: async ({ runId }) => {
      if (this.training === runId) this.#handTrainer(runId)
      return this.training === runId
    },
    trainingRuns: async () => ({ training: this.training, queued: [] }),
    theme: async () => this.machine.theme,
    setTheme: async ({ theme }) => {
      this.machine.theme = theme
    },
    answerClose: async ({ choice }) => void this.closings.push(choice),
    whenClosing: async () => 'ask',
    setWhenClosing: async () => undefined,
    notify: async ({ title }) => this.notified.push(title) > 0,
    about: async () => ({ version: '0.1.0', electron: '45', home: '/home/me/.sprout' }),
  }

  readonly library: Handlers<typeof library> = {
    listRuns: async () => [...this.trainers.values()].map(({ summary }) => summary),
    getRun: async ({ runId }) => this.#of(runId).summary,
    runEvents: async ({ runId, afterSeq, limit }) =>
      this.#of(runId)
        .events.filter(({ seq }) => seq > afterSeq)
        .slice(0, limit),
    createRun: async ({ name, config }) => this.add(name, 'new', config).summary,
    ...gardenHistory(this),
    verifyRun: async ({ runId }) => ({ runId, fileIntact: true, checkpoints: [] }),
    scanSource: async (source) => ({ jobId: this.#scan(source) }),
    previewPictures: async ({ options, paths }) =>
      paths.map((path, i) => ({
        path,
        levels: RESOLUTIONS.filter((resolution) => resolution <= options.finalResolution).map(
          (resolution) => ({ resolution, png: this.#previews[i % this.#previews.length]! }),
        ),
      })),
    listDatasets: async () => [],
    prepareDataset: async () => this.job(60, this.pace.prepare, 'dataset-1', this.failPreparing),
    skippedFiles: async () => [],
    ...this.gallery.handlers,
    runQuality: async () => [],
    startExport: async (request) => {
      this.exports.push(request)
      const count =
        'samples' in request && request.samples.which === 'seeds' ? request.samples.count : 12
      return this.job(count, 15, request.file, null)
    },
    estimateRehearsal: async (question) =>
      rehearsalOf(question, this.#measured.get(question.config.fmapMax) ?? 0, this),
    rehearse: async ({ question }) => ({ jobId: this.#rehearse(question) }),
    ...this.machine.handlers,
    problems: async () => this.problems,
    repairFile: async ({ id }) => {
      this.problems = this.problems.filter((problem) => problem.id !== id)
      return this.job(3, 10, this.repairReport)
    },
    addNote: async ({ runId, text }) => this.#of(runId).note(text),
    changeSettings: async ({ runId, change }) => this.#of(runId).change(change),
    runCurve: async ({ runId, fromImages, toImages }) =>
      this.#of(runId).curve(fromImages, toImages),
    networkStats: async ({ runId }) => this.#of(runId).networkStats(),
    cancelJob: async ({ jobId }) => void this.#cancelled.add(jobId),
    mosaicList: async ({ runId }) => this.#of(runId).mosaicList(),
    mosaicFrames: async ({ runId, seqs, tile }) => this.#of(runId).mosaicFrames(seqs, tile),
    realPictures: async ({ runId }) => this.#of(runId).reals(),
    listCheckpoints: async ({ runId }) => this.#of(runId).checkpoints,
    pinCheckpoint: async ({ runId, checkpointId, pinned }) =>
      this.#of(runId).pin(checkpointId, pinned),
    fadeMicroscope: async () => null,
  }

  /** Runs in every state, one of them in the middle of a fade. */
  fill(): void {
    const grow = (name: string, state: RunState, images: number, hoursAgo: number) => {
      const fake = this.add(name, state, gardenConfig())
      fake.trainTo(images)
      fake.summary.lastActivityAt = Date.now() - hoursAgo * HOUR
      return fake
    }
    const live = grow('Emoji 32×32', 'training', 26_000, 0)
    this.training = live.summary.id
    grow('Succulents', 'paused', 15_300, 3).state('paused')
    grow('Handwriting', 'finished', Infinity, 26).state('finished')
    grow('Night sky', 'interrupted', 9_000, 50)
    const failed = grow('Too large', 'failed', 20_000, 75)
    failed.record({
      kind: 'error',
      imagesSeen: 20_000,
      message: 'The graphics card ran out of memory at 32×32. Choose a smaller network or batch.',
    })
    failed.state('failed')
    failed.summary.failure = 'The graphics card ran out of memory at 32×32.'
    this.add('Seeds for later', 'new', gardenConfig()).summary.lastActivityAt -= 200 * HOUR
  }

  add(name: string, state: RunState, config: TrainConfig): FakeTrainer {
    const id = `run-${this.trainers.size + 1}`
    const fake = new FakeTrainer(
      {
        id,
        name,
        state,
        config,
        file: `/home/me/.sprout/runs/${id}.sqlite`,
        datasetId: 'dataset-1',
        datasetName: 'Emoji',
        imagesSeen: 0,
        datasetSource: { kind: 'sample', name: 'emoji' },
        createdAt: Date.now(),
        lastActivityAt: Date.now(),
        tags: [],
        note: '',
        starred: false,
        trainedSeconds: 0,
        diskBytes: 12 * MIB,
        mosaicSeq: null,
        quality: null,
        parent: null,
        failure: null,
      },
      this.#mosaics,
    )
    this.trainers.set(id, fake)
    return fake
  }

  /** Trains a run as its worker would, until it is stopped or done. */
  start(runId: string): void {
    const fake = this.#of(runId)
    this.training = runId
    fake.summary.state = 'training'
    this.shellEmit('trainersChanged', { training: runId, queued: [] })
    this.#handTrainer(runId)
    fake.state('preparing')
    this.#run(fake)
  }

  #run(fake: FakeTrainer): void {
    clearInterval(this.#timer)
    this.#timer = setInterval(() => {
      fake.trainTo(fake.summary.imagesSeen + 256)
      if (fake.summary.imagesSeen < totalImages(fake.summary.config)) return
      fake.state('finished')
      this.end(fake.summary.id, 'finished')
    }, this.pace.train)
  }

  /** The worker of a run ends. */
  end(runId: string, state: RunState): void {
    clearInterval(this.#timer)
    this.#of(runId).summary.state = state
    this.#of(runId).onEvent = () => {}
    this.training = null
    this.shellEmit('trainersChanged', { training: null, queued: [] })
  }

  #handTrainer(runId: string): void {
    const fake = this.#of(runId)
    const { emit } = serveService(trainer, this.#hand(`trainer:${runId}`), {
      pause: async () => {
        clearInterval(this.#timer)
        fake.state('paused')
      },
      resume: async () => {
        if (this.trouble !== null) return this.tellTrouble(null)
        fake.state('training')
        this.#run(fake)
      },
      stop: async () => {
        clearInterval(this.#timer)
        fake.state('paused')
        // A worker takes a moment to end after it said its last.
        setTimeout(() => this.end(runId, 'paused'), 200)
      },
      checkpointNow: async () => fake.checkpoint('regular'),
      pinCheckpoint: async ({ checkpointId, pinned }) => fake.pin(checkpointId, pinned),
      progress: async () => ({
        imagesSeen: fake.summary.imagesSeen,
        totalImages: totalImages(fake.summary.config),
      }),
      trouble: async () => this.trouble,
      sampleNow: async () => fake.mosaic(),
      addNote: async ({ text }) => fake.note(text),
      changeSettings: async (change) => fake.change(change),
      eventsAfter: async ({ afterSeq, limit }) =>
        fake.events.filter(({ seq }) => seq > afterSeq).slice(0, limit),
    })
    fake.onEvent = (event) => emit('event', event)
    this.tellTrouble = (trouble) => {
      this.trouble = trouble
      emit('trouble', trouble)
    }
  }

  /** Finds a source's pictures a few at a time, as a scan does. */
  #scan(source: DatasetSource): string {
    const jobId = `job-${Math.random()}`
    const steps = scanSteps(source, this.folderFiles, this.#previews)
    const timer = setInterval(() => {
      const step = this.#cancelled.has(jobId) ? undefined : steps.shift()
      if (step !== undefined) return this.libraryEmit('scan', { jobId, ...step })
      clearInterval(timer)
      this.libraryEmit('job', { jobId, seq: 1, status: { kind: 'done', result: '' } })
    }, 20)
    return jobId
  }

  job(total: number, stepMs: number, result: string, failure: string | null = null) {
    const jobId = `job-${Math.random()}`
    let seq = 0
    let done = 0
    const timer = setInterval(() => {
      seq++
      if (this.#cancelled.has(jobId)) {
        clearInterval(timer)
        return this.libraryEmit('job', { jobId, seq, status: { kind: 'cancelled' } })
      }
      if (++done <= total && failure === null) {
        const secondsLeft = ((total - done) * stepMs) / 1000
        const label = `1f33${done}.webp`
        const status = { kind: 'running', label, done, total, secondsLeft } as const
        return this.libraryEmit('job', { jobId, seq, status })
      }
      clearInterval(timer)
      this.libraryEmit('job', {
        jobId,
        seq,
        status: failure === null ? { kind: 'done', result } : { kind: 'failed', message: failure },
      })
    }, stepMs)
    return { jobId }
  }

  #rehearse(question: RehearsalQuestion): string {
    const jobId = `job-${Math.random()}`
    let done = 0
    const timer = setInterval(() => {
      const { stages } = question.config
      const end = (status: { kind: 'cancelled' } | { kind: 'done'; result: string }) => {
        clearInterval(timer)
        this.rehearsals.push(status.kind)
        this.libraryEmit('job', { jobId, seq: done + 1, status })
      }
      if (this.#cancelled.has(jobId)) return end({ kind: 'cancelled' })
      const measuring = done < stages.length ? done : null
      const rehearsal = { ...rehearsalOf(question, done, this), measuring }
      this.#measured.set(question.config.fmapMax, done)
      this.libraryEmit('rehearsal', { jobId, rehearsal })
      if (measuring === null) end({ kind: 'done', result: '' })
      done++
    }, this.pace.rehearse)
    return jobId
  }

  #of(runId: string): FakeTrainer {
    const fake = this.trainers.get(runId)
    if (fake === undefined) throw new Error(`There is no run ${runId}.`)
    return fake
  }
}

function gardenConfig(): TrainConfig {
  return trainConfigFor({
    seed: 1,
    channels: 4,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 32,
    fadeImages: 6000,
    stableImages: 8000,
  })
}
