import type { Theme } from '../../../shared/domain/appearance'
import type { Device, KnownDevice } from '../../../shared/domain/device'
import type { EngineReport, EngineWork, InstallPhase } from '../../../shared/domain/engine'
import type { Storage } from '../../../shared/domain/storage'
import type { JobProgress, library } from '../../../shared/protocol/library'
import type { machineRequests } from '../../../shared/protocol/machine'
import type { Emit, Handlers } from '../../../shared/protocol/service'

const MINUTE = 60_000

const works = (imagesPerSecond: number): KnownDevice['verdict'] => ({
  kind: 'works',
  step: 'standard',
  imagesPerSecond,
  cpuImagesPerSecond: 118,
  error: 6e-7,
})

/** A made-up computer: its devices, engine and disk. */
export class FakeMachine {
  theme: Theme = 'system'
  known: KnownDevice[] = (['cpu', 'webgpu', 'cuda', 'tensorflow'] as const).map((device) => ({
    device,
    verdict: device === 'tensorflow' ? { kind: 'absent', message: 'not installed' } : null,
    foundAt: null,
  }))
  engine: EngineReport = {
    name: 'tensorflow',
    supported: true,
    state: 'missing',
    folder: '/home/me/.cache/sprout/engines/tensorflow-2.21.0',
    version: '2.21.0',
    bytes: 0,
    downloadBytes: 0,
    needs: { downloadBytes: 274e6, diskBytes: 1442e6 },
    work: null,
  }
  datasets: Storage['datasets'] = []
  /** What each device turns out to be. */
  verdicts: Partial<Record<Device, KnownDevice['verdict']>> = {
    cpu: works(121),
    webgpu: works(941.4),
    cuda: {
      kind: 'absent',
      message: 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
    },
    tensorflow: works(34.2),
  }
  /** What the next work on the engine ends with, when it shall not go well. */
  failWork: string | null = null
  /** Milliseconds of a report about an engine, and of a device's trial. */
  pace = { work: 40, probe: 400 }
  /** Jobs stand still after so many reports, but for being stopped. */
  standsAfter = Infinity
  readonly #emit: () => Emit<typeof library>
  readonly #cancelled: ReadonlySet<string>
  #probing: string | null = null

  constructor(emit: () => Emit<typeof library>, cancelled: ReadonlySet<string>) {
    this.#emit = emit
    this.#cancelled = cancelled
  }

  readonly handlers: Pick<Handlers<typeof library>, keyof typeof machineRequests> = {
    devices: async () => ({ known: this.known, probing: this.#probing }),
    probeDevices: async ({ devices }) => ({ jobId: this.#probe(devices) }),
    engines: async () => [this.engine],
    installEngine: async () => ({ jobId: this.#work('install') }),
    repairEngine: async () => ({ jobId: this.#work('repair') }),
    removeEngine: async () => ({ jobId: this.#work('remove') }),
    storage: async () => ({
      folder: '/home/me/.config/Sprout',
      landmark: '/home/me/.config/Sprout/catalog.sqlite',
      runs: 6,
      runBytes: 1.84e9,
      datasetBytes: this.datasets.reduce((sum, { bytes }) => sum + bytes, 0),
      freeBytes: 63.4e9,
      datasets: this.datasets,
    }),
    deleteDataset: async ({ datasetId }) => {
      this.datasets = this.datasets.filter(({ dataset }) => dataset.id !== datasetId)
      this.changed()
    },
  }

  changed(): void {
    this.#emit()('machineChanged', {})
  }

  /** Everything there is to see: devices of each kind, an installed engine, datasets. */
  fill(): void {
    const foundAt = Date.now() - 25 * MINUTE
    const of = (device: Device, verdict: KnownDevice['verdict']) => ({ device, verdict, foundAt })
    this.known = [
      of('cpu', works(121)),
      of('webgpu', works(941.4)),
      of('cuda', { kind: 'crashed', signal: 'SIGSEGV', message: 'The process died (SIGSEGV).' }),
      of('dml', {
        kind: 'wrong',
        tensor: 'generator/8/conv0/weight',
        error: 0.12,
        message: "generator/8/conv0/weight differs from the CPU's by 12% of its largest value",
      }),
      of('tensorflow', works(34.2)),
    ]
    this.engine = { ...this.engine, state: 'installed', bytes: 857e6, downloadBytes: 274e6 }
    const dataset = (id: string, name: string, pictures: number, size: 16 | 32 | 64) => ({
      id,
      name,
      options: {
        source: { kind: 'sample' as const, name: 'emoji' as const },
        crop: 'centre' as const,
        channels: 3 as const,
        finalResolution: size,
      },
      pictures,
      skipped: 0,
      state: 'ready' as const,
      classes: [],
      createdAt: Date.now(),
    })
    this.datasets = [
      { dataset: dataset('d1', 'Succulents', 4120, 64), bytes: 68e6, usedBy: ['Succulents'] },
      {
        dataset: dataset('d2', 'Emoji', 1545, 32),
        bytes: 8.4e6,
        usedBy: ['Emoji 32×32', 'Night sky', 'Too large'],
      },
      { dataset: dataset('d3', 'Old holiday pictures', 240, 16), bytes: 246e3, usedBy: [] },
    ]
  }

  #probe(devices: readonly Device[] | null): string {
    const unknown = this.known.filter(({ verdict }) => verdict === null)
    const wanted = devices ?? unknown.map(({ device }) => device)
    let done = 0
    const jobId = this.#job(this.pace.probe, () => {
      const device = wanted[done]
      if (device === undefined) return { kind: 'done', result: '' }
      if (done > 0) this.#found(wanted[done - 1]!)
      done++
      return {
        kind: 'running',
        label: device,
        done: done - 1,
        total: wanted.length,
        secondsLeft: null,
      }
    })
    this.#probing = jobId
    this.changed()
    return jobId
  }

  #found(device: Device): void {
    const verdict = this.verdicts[device] ?? null
    this.known = this.known.map((known) =>
      known.device === device ? { device, verdict, foundAt: Date.now() } : known,
    )
    this.changed()
  }

  #work(kind: EngineWork): string {
    const phases: InstallPhase[] = kind === 'remove' ? [] : ['download', 'unpack', 'build', 'try']
    let reports = 0
    const jobId = this.#job(this.pace.work, () => {
      const phase = phases[Math.floor(reports / 8)]
      if (phase === undefined || (this.failWork !== null && reports > 4)) {
        if (this.failWork !== null) return { kind: 'failed', message: this.failWork }
        this.#worked(kind)
        return { kind: 'done', result: kind === 'remove' ? '1131000000' : '' }
      }
      const done = (reports++ % 8) * 34e6
      const total = phase === 'download' || phase === 'unpack' ? 274e6 : null
      const secondsLeft = total === null || reports < 2 ? null : (total - done) / 3e6
      return { kind: 'running', label: phase, done, total, secondsLeft }
    })
    this.engine = { ...this.engine, work: { kind, jobId } }
    this.changed()
    return jobId
  }

  #worked(kind: EngineWork): void {
    const gone = kind === 'remove'
    this.engine = {
      ...this.engine,
      state: gone ? 'missing' : 'installed',
      bytes: gone ? 0 : 857e6,
      downloadBytes: gone ? 0 : 274e6,
    }
    this.known = this.known.map((known) => {
      if (known.device !== 'tensorflow') return known
      const verdict = gone ? ({ kind: 'absent', message: 'not installed' } as const) : null
      return { ...known, verdict, foundAt: null }
    })
  }

  /** Reports what `next` says until that is an ending. */
  #job(paceMs: number, next: () => JobProgress['status']): string {
    const jobId = `machine-${Math.random()}`
    let seq = 0
    const timer = setInterval(() => {
      const cancelled = this.#cancelled.has(jobId)
      if (seq >= this.standsAfter && !cancelled) return
      const status = cancelled ? ({ kind: 'cancelled' } as const) : next()
      this.#emit()('job', { jobId, seq: ++seq, status })
      if (status.kind === 'running') return
      clearInterval(timer)
      if (this.#probing === jobId) this.#probing = null
      if (this.engine.work?.jobId === jobId) this.engine = { ...this.engine, work: null }
      this.changed()
    }, paceMs)
    return jobId
  }
}
