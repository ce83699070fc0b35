import { getContext, setContext } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import type { Device } from '../../shared/domain/device'
import type { RunSummary } from '../../shared/domain/run'
import type { Trace } from '../../shared/domain/trace'
import type { JobProgress } from '../../shared/protocol/library'
import type { Bridge } from '../bridge'
import { FrameDecoder } from './frameDecoder'
import { History } from './history.svelte'
import { KnownRuns } from './knownRuns'
import { Machine } from './machine.svelte'
import { NewRun, type RunSettings } from './newRun.svelte'
import { Preparation } from './preparation.svelte'
import { Rehearsing } from './rehearsal.svelte'
import { tellTrainingNews } from './trainingNews'
import { RunView } from './runView.svelte'
import { Appearance } from './theme.svelte'
import { Transfers } from './transfers.svelte'
import { complaintWords, errorWords, WordedError } from './problemWords'

/** Where in a gallery a picture is: what its trace says of it. */
export type GalleryPlace = Pick<Trace, 'seed' | 'className' | 'truncation' | 'imagesSeen'>

/** Where the person is. */
export type Route =
  | { screen: 'runs' }
  | { screen: 'new'; from?: RunSettings }
  | { screen: 'preparing' }
  | { screen: 'compare'; runIds: readonly string[] }
  | { screen: 'settings' }
  | { screen: 'run'; runId: string }
  | { screen: 'gallery'; runId: string; place: GalleryPlace | null }

/** Something the person should know, until they close it. */
export type Notice = {
  id: number
  text: string
  /** The run whose training ended with that, and how often in a row it did. */
  crash?: Crash
}

/** A training that crashed; there is a report once it did so again and again. */
export type Crash = {
  runId: string
  crashes: number
  report: { plain: string; full: string } | null
}

const KEY = Symbol('app')

/** Makes `app` known to the components below. */
export function provideApp(app: App): void {
  setContext(KEY, app)
}

/** The app that a component above provides. */
export function useApp(): App {
  return getContext<App>(KEY)
}

/** What all screens share: the services, the runs, who trains, and where the person is. */
export class App {
  readonly bridge: Bridge
  route: Route = $state.raw({ screen: 'runs' })
  /** Null until the first answer. */
  runs: RunSummary[] | null = $state.raw(null)
  training: string | null = $state(null)
  queued: string[] = $state.raw([])
  view: RunView | null = $state.raw(null)
  notices: Notice[] = $state.raw([])
  /** What is chosen so far for the next run; kept while the person looks elsewhere. */
  newRun: NewRun
  /** What the next run would take. */
  readonly rehearsing: Rehearsing
  readonly machine: Machine
  readonly decoder = new FrameDecoder()
  readonly appearance: Appearance
  /** The run whose pictures are being prepared. */
  preparation: Preparation | null = $state.raw(null)
  /** The window is being closed while a run trains: the person is asked. */
  closeAsked = $state(false)
  /** The newest progress of each job heard of. */
  readonly jobs = new SvelteMap<string, JobProgress['status']>()
  /** How the person looks at the runs; kept while they look elsewhere. */
  readonly history: History
  readonly transfers: Transfers
  readonly #known: KnownRuns
  #noticeId = 0
  #opening = 0

  constructor(bridge: Bridge) {
    this.bridge = bridge
    this.newRun = $state.raw(new NewRun(bridge.library))
    this.rehearsing = new Rehearsing(bridge.library)
    this.#known = new KnownRuns(bridge.library)
    this.history = new History(this)
    this.transfers = new Transfers(this)
    this.machine = new Machine(this)
    this.appearance = new Appearance(bridge.shell)
    const { shell, library } = bridge
    library.listen('job', ({ jobId, status }) => {
      this.jobs.set(jobId, status)
      this.preparation?.follow()
    })
    library.listen('runsChanged', () => this.attempt(() => this.refreshRuns()))
    shell.listen('closeAsked', () => (this.closeAsked = true))
    tellTrainingNews(bridge, (error) => this.tell(error))
    shell.listen('trainersChanged', (trainers) => this.#trainersChanged(trainers))
    shell.listen('workerDied', ({ worker, runId, crashes, report, ...complaint }) => {
      const message = complaintWords(complaint)
      if (worker === 'library') {
        this.preparation?.fail(message)
        this.newRun.look.fail(message)
      }
      if (runId !== null && crashes > 0) this.#tellCrash(message, { runId, crashes, report })
      else this.tell(message)
    })
    bridge.onTrainer((runId, trainer) => {
      if (this.view?.summary.id === runId) this.view.attach(trainer)
      else trainer.close()
    })
  }

  /** Asks for everything the first screen shows. */
  async start(): Promise<void> {
    this.#trainersChanged(await this.bridge.shell.client.trainingRuns())
    await this.refreshRuns()
    await this.machine.refresh()
  }

  async refreshRuns(): Promise<void> {
    this.runs = await this.#known.refresh()
  }

  /** Goes to a screen that is not a run's; a new run may begin with given settings, such as another run's. */
  go(route: Exclude<Route, { screen: 'run' | 'gallery' }>): void {
    this.#opening++
    this.#closeView()
    if (route.screen === 'new' && route.from !== undefined) this.#chooseAnew(route.from)
    this.route = route
    if (route.screen === 'runs') this.attempt(() => this.refreshRuns())
  }

  /** Opens a run's screen and follows its trainer if there is one. */
  async openRun(runId: string): Promise<void> {
    const opening = ++this.#opening
    const { library, shell } = this.bridge
    const summary = await library.client.getRun({ runId })
    if (opening !== this.#opening) return
    this.#closeView()
    const view = new RunView(library, summary)
    view.queued = this.queued.includes(runId)
    this.view = view
    this.route = { screen: 'run', runId }
    await view.refresh()
    if (this.view === view) await shell.client.watch({ runId })
  }

  /** Opens a run's gallery, at a picture if one is given. */
  async openGallery(runId: string, place: GalleryPlace | null = null): Promise<void> {
    if (this.view?.summary.id !== runId) await this.openRun(runId)
    if (this.view?.summary.id === runId) this.route = { screen: 'gallery', runId, place }
  }

  /** Begins a new run with nothing chosen. */
  beginNewRun(): void {
    this.#chooseAnew()
    this.go({ screen: 'new' })
  }

  /** Prepares and trains what is chosen. */
  async plant(): Promise<void> {
    const { config, prepareOptions, shownName } = this.newRun
    if (config === null || prepareOptions === null) return
    // Preparing reads the same files.
    this.newRun.look.stop()
    const preparation = new Preparation(this, { name: shownName, prepare: prepareOptions, config })
    this.preparation = preparation
    this.go({ screen: 'preparing' })
    await preparation.start()
  }

  /** From nothing to training with sample pictures and every choice left as it is. */
  async plantSample(): Promise<void> {
    this.#chooseAnew()
    this.newRun.setDevice(this.machine.fastest)
    await this.newRun.chooseSample('emoji')
    const { error } = this.newRun.look
    if (error !== null) throw new WordedError(error)
    await this.plant()
  }

  /** Starts to train a run, or goes on with it; on `device` where it shall be another than before. */
  async train(runId: string, device?: Device): Promise<void> {
    const view = this.view?.summary.id === runId ? this.view : null
    view?.expectStart()
    try {
      const answer = await this.bridge.shell.client.train({ runId, ...(device && { device }) })
      if (answer === 'started' || view === null) return
      view.queued = true
      view.giveUpStart()
    } catch (error) {
      view?.giveUpStart()
      throw error
    }
  }

  /** How a job ends, once it does. */
  jobEnded(jobId: string): Promise<JobProgress['status']> {
    const now = this.jobs.get(jobId)
    if (now !== undefined && now.kind !== 'running') return Promise.resolve(now)
    return new Promise((resolve) => {
      const forget = this.bridge.library.listen('job', ({ jobId: id, status }) => {
        if (id !== jobId || status.kind === 'running') return
        forget()
        resolve(status)
      })
    })
  }

  tell(text: string): void {
    if (this.notices.some((notice) => notice.text === text)) return
    this.notices = [...this.notices, { id: ++this.#noticeId, text }]
  }

  /** One notice for each run, however often it crashes. */
  #tellCrash(text: string, crash: Crash): void {
    const others = this.notices.filter((notice) => notice.crash?.runId !== crash.runId)
    this.notices = [...others, { id: ++this.#noticeId, text, crash }]
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id)
  }

  /** Tells what went wrong with something that nobody waits for. */
  fail(error: unknown): void {
    this.tell(errorWords(error))
  }

  /** Runs work that a click began; what goes wrong is told. */
  attempt(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => this.fail(error))
  }

  #chooseAnew(from?: RunSettings): void {
    this.newRun.look.stop()
    this.newRun = new NewRun(this.bridge.library, from)
  }

  #trainersChanged({ training, queued }: { training: string | null; queued: string[] }): void {
    this.training = training
    this.queued = queued
    const view = this.view
    if (view !== null) {
      const { id } = view.summary
      const waited = view.queued
      view.queued = queued.includes(id)
      if (training !== id) this.attempt(() => view.detach())
      else if (waited && view.trainer === null) this.#watchStarted(view)
    }
    if (this.route.screen === 'runs') this.attempt(() => this.refreshRuns())
  }

  /** A run that waited in the queue began while its screen is open. */
  #watchStarted(view: RunView): void {
    view.expectStart()
    this.attempt(() => this.bridge.shell.client.watch({ runId: view.summary.id }))
  }

  #closeView(): void {
    this.view?.close()
    this.view = null
  }
}
