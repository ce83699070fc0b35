import { fastestDevice, type Device, type KnownDevice } from '../../shared/domain/device'
import type { EngineReport, EngineWork } from '../../shared/domain/engine'
import type { Storage } from '../../shared/domain/storage'
import type { App } from './app.svelte'
import { errorWords } from './problemWords'

/** After the library died: time for a new one to be there, in milliseconds. */
const RESTART_MS = 1000

/** What this computer can compute with, its engines, and what Sprout keeps on its disk. */
export class Machine {
  /** These are null until the first answer. */
  known: KnownDevice[] | null = $state.raw(null)
  engines: EngineReport[] | null = $state.raw(null)
  storage: Storage | null = $state.raw(null)
  /** Why they could not be asked for. */
  failure: string | null = $state(null)
  /** The job that tries devices. */
  #probing: string | null = $state(null)
  /** The newest work on each engine. */
  #lastWork: EngineReport['work'] = $state.raw(null)
  /** Whether someone looks at the storage: it takes reading folders. */
  #watchesStorage = false
  readonly #app: App

  constructor(app: App) {
    this.#app = app
    const { library, shell } = app.bridge
    library.listen('machineChanged', () => app.attempt(() => this.refresh()))
    library.listen('runsChanged', () => app.attempt(() => this.#refreshStorage()))
    library.listen('job', ({ jobId, status }) => {
      const installed = jobId === this.#lastWork?.jobId && this.#lastWork.kind !== 'remove'
      // Now that it is there, how fast is it?
      if (installed && status.kind === 'done' && app.training === null)
        app.attempt(() => this.probe(['tensorflow']))
    })
    shell.listen('workerDied', ({ worker }) => {
      if (worker === 'library') setTimeout(() => app.attempt(() => this.refresh()), RESTART_MS)
    })
  }

  /** The fastest device that is known to be sound; the CPU while none is. */
  readonly fastest: Device = $derived(fastestDevice(this.known ?? []))
  readonly untried = $derived((this.known ?? []).filter(({ verdict }) => verdict === null))
  readonly probing = $derived(this.#probing !== null)
  /** How far trying is; null before the first device and when nothing is tried. */
  readonly probeStatus = $derived.by(() => this.#running(this.#probing))
  /** The device that is being tried just now. */
  readonly trying = $derived((this.probeStatus?.label ?? null) as Device | null)
  /** How far work on an engine is. */
  readonly workStatus = $derived.by(() => this.#running(this.engines?.[0]?.work?.jobId ?? null))
  /** How the newest work on an engine ended; null while it goes on, and before any. */
  readonly workEnding = $derived.by(() => {
    if (this.#lastWork === null || this.engines?.some(({ work }) => work !== null)) return null
    const status = this.#app.jobs.get(this.#lastWork.jobId) ?? null
    return status === null || status.kind === 'running'
      ? null
      : { kind: this.#lastWork.kind, status }
  })

  /** Asks for devices and engines, and for the storage where someone looks at it. */
  async refresh(): Promise<void> {
    const { client } = this.#app.bridge.library
    try {
      const [devices, engines] = await Promise.all([client.devices(), client.engines()])
      this.known = devices.known
      this.#probing = devices.probing
      this.engines = engines
      this.#lastWork = engines.find(({ work }) => work !== null)?.work ?? this.#lastWork
      this.failure = null
      await this.#refreshStorage()
    } catch (error) {
      this.failure = errorWords(error)
    }
  }

  /** Keeps the storage up to date until the returned function is called. */
  watchStorage(): () => void {
    this.#watchesStorage = true
    return () => (this.#watchesStorage = false)
  }

  /** Tries these devices again, or those that are not known where null. */
  async probe(devices: Device[] | null): Promise<void> {
    this.#probing = (await this.#app.bridge.library.client.probeDevices({ devices })).jobId
  }

  async stopProbing(): Promise<void> {
    await this.#cancel(this.#probing)
  }

  /** Begins to install, repair or remove the TensorFlow engine. */
  async work(kind: EngineWork): Promise<void> {
    const { client } = this.#app.bridge.library
    const start = {
      install: client.installEngine,
      repair: client.repairEngine,
      remove: client.removeEngine,
    }[kind]
    const { jobId } = await start({ name: 'tensorflow' })
    this.#lastWork = { kind, jobId }
  }

  async stopWork(): Promise<void> {
    await this.#cancel(this.engines?.[0]?.work?.jobId ?? null)
  }

  async deleteDataset(datasetId: string): Promise<void> {
    await this.#app.bridge.library.client.deleteDataset({ datasetId })
  }

  /** Shows the home folder in the system's file manager. */
  async showFolder(): Promise<void> {
    const { shell } = this.#app.bridge
    if (this.storage !== null) await shell.client.showInFolder({ file: this.storage.landmark })
  }

  async #refreshStorage(): Promise<void> {
    if (this.#watchesStorage) this.storage = await this.#app.bridge.library.client.storage()
  }

  async #cancel(jobId: string | null): Promise<void> {
    if (jobId !== null) await this.#app.bridge.library.client.cancelJob({ jobId })
  }

  #running(jobId: string | null) {
    const status = jobId === null ? undefined : this.#app.jobs.get(jobId)
    return status?.kind === 'running' ? status : null
  }
}
