import {
  EXPORT_KINDS,
  MOST_PICTURES,
  type AnimationFormat,
  type DrawnSamples,
  type ExportWish,
} from '../../shared/domain/exportRequest'
import type { LatentPath, Sample } from '../../shared/domain/sample'
import { fileNameFor, RUN_EXTENSION } from '../../shared/domain/fileName'
import type { Favourite, GalleryCheckpoint } from '../../shared/protocol/gallery'
import { getLocale } from '../messages/generated/runtime.js'
import type { App } from './app.svelte'
import type { Gallery } from './gallery.svelte'
import { complaintWords, errorWords } from './problemWords'

/** What can be made of a run: the exports, and a copy of its file. */
export const OFFERED_KINDS = [...EXPORT_KINDS, 'run'] as const
/** One of {@link OFFERED_KINDS}. */
export type OfferedKind = (typeof OFFERED_KINDS)[number]

/** Most stops of a walk. */
export const MOST_STOPS = 64

type Run = { id: string; name: string; config: { classes: readonly string[] | null } }

/** What is chosen to be made of a run, and how its making goes. */
export class ExportForm {
  kind: OfferedKind = $state('sheet')
  /** Null for the newest. */
  checkpointId: number | null = $state(null)
  which: 'seeds' | 'favourites' = $state('seeds')
  count: number | null = $state(16)
  /** Stops of a walk by seeds. */
  stopCount: number | null = $state(4)
  seed: number | null = $state(1)
  className: string | null = $state(null)
  truncation = $state(1)
  /** Null lets a sheet be as square as it can. */
  columns: number | null = $state(null)
  labels = $state(false)
  container: 'zip' | 'folder' = $state('zip')
  format: AnimationFormat = $state('webp')
  seconds: number | null = $state(6)
  framesPerSecond: number | null = $state(20)
  width: number | null = $state(256)
  path: LatentPath = $state('spherical')
  loop = $state(true)
  /** A picture of the mosaics by its number from 1; null shows them whole. */
  tile: number | null = $state(null)
  metricsFormat: 'csv' | 'json' = $state('csv')
  error: string | null = $state(null)
  jobId: string | null = $state(null)
  asking = $state(false)
  checkpoints: GalleryCheckpoint[] = $state.raw([])
  favourites: Favourite[] = $state.raw([])
  grid: { columns: number; rows: number; mosaics: number } | null = $state.raw(null)
  /** A walk's stops as the gallery has them. */
  readonly #stops: Sample[]
  readonly #app: App
  readonly run: Run

  constructor(app: App, run: Run, gallery: Gallery | null, kind: OfferedKind) {
    this.#app = app
    this.run = run
    this.kind = kind
    this.#stops = gallery?.walk.stops ?? []
    if (gallery === null) return
    this.checkpointId = gallery.chosenCheckpoint
    this.className = gallery.className
    this.truncation = gallery.truncation
    this.seed = gallery.selectedSeed
    this.path = gallery.walk.path
    this.loop = gallery.walk.loop
    this.seconds = gallery.walk.seconds
    if (kind === 'walk' && this.#stops.length >= 2) this.which = 'favourites'
  }

  readonly status = $derived.by(() =>
    this.jobId === null ? null : (this.#app.jobs.get(this.jobId) ?? null),
  )
  readonly running = $derived(
    this.jobId !== null && (this.status === null || this.status.kind === 'running'),
  )
  readonly file = $derived(this.status?.kind === 'done' ? this.status.result : null)
  readonly failure = $derived(
    this.status?.kind === 'failed' ? complaintWords(this.status) : this.error,
  )

  /** Whether the kind draws samples that are chosen. */
  readonly drawsSamples = $derived(['sheet', 'pictures', 'html', 'walk'].includes(this.kind))
  readonly moves = $derived(this.kind === 'walk' || this.kind === 'timelapse')
  readonly most = $derived(this.kind === 'walk' ? MOST_STOPS : MOST_PICTURES)
  /** Favourites that are taken: a walk's stops as the gallery has them, else all. */
  readonly chosen = $derived.by((): Sample[] => {
    const all = this.favourites.map(({ seed, className }): Sample => ({ seed, className }))
    return this.kind === 'walk' && this.#stops.length >= 2 ? this.#stops : all
  })
  readonly mayChoose = $derived(this.chosen.length >= (this.kind === 'walk' ? 2 : 1))

  /** Null while something that was typed is out of range. */
  readonly samples = $derived.by((): DrawnSamples | null => {
    const { seed, className } = this
    const count = this.kind === 'walk' ? this.stopCount : this.count
    if (this.which === 'favourites' && this.mayChoose) {
      return { which: 'list', samples: this.chosen.slice(0, this.most) }
    }
    const least = this.kind === 'walk' ? 2 : 1
    if (!isWithin(count, least, this.most)) return null
    if (!isWithin(seed, 0, Number.MAX_SAFE_INTEGER - MOST_PICTURES)) return null
    return { which: 'seeds', seed, count, className }
  })

  readonly #animation = $derived.by(() => {
    const { seconds, framesPerSecond, width, format } = this
    if (!isWithin(seconds, 1, 120) || !isWithin(framesPerSecond, 1, 50)) return null
    return isWithin(width, 1, 2048) ? { seconds, framesPerSecond, width, format } : null
  })

  /** Whether all that is typed is in range. */
  readonly complete = $derived.by(() => this.kind === 'run' || this.#wish !== null)

  /** The request without its file; null while it is not complete. */
  readonly #wish = $derived.by((): ((file: string) => ExportWish) | null => {
    const target = { runId: this.run.id, checkpointId: this.checkpointId }
    const { samples, truncation } = this
    const animation = this.#animation
    switch (this.kind) {
      case 'sheet': {
        const { kind, columns, labels } = this
        return (
          samples && ((file) => ({ kind, ...target, samples, truncation, columns, labels, file }))
        )
      }
      case 'pictures': {
        const { kind, container } = this
        return samples && ((file) => ({ kind, ...target, samples, truncation, container, file }))
      }
      case 'html': {
        const { kind } = this
        const language = getLocale()
        return samples && ((file) => ({ kind, ...target, samples, truncation, language, file }))
      }
      case 'walk': {
        const { kind, path, loop } = this
        if (samples === null || animation === null) return null
        const walk = { stops: stopsOf(samples), path, loop }
        return (file) => ({ kind, ...target, ...animation, walk, truncation, file })
      }
      case 'timelapse': {
        const { kind, tile, grid } = this
        if (animation === null || grid === null) return null
        if (tile !== null && tile > grid.columns * grid.rows) return null
        return (file) => ({ kind, ...target, ...animation, tile: tile && tile - 1, file })
      }
      case 'onnx': {
        const { kind } = this
        return (file) => ({ kind, ...target, file })
      }
      case 'metrics': {
        const { kind, metricsFormat: format } = this
        return (file) => ({ kind, ...target, format, file })
      }
      case 'run':
        return null
      default:
        return this.kind satisfies never
    }
  })

  /** How the file's name ends; empty for a folder. */
  readonly extension = $derived.by(() => {
    switch (this.kind) {
      case 'sheet':
        return 'png'
      case 'pictures':
        return this.container === 'zip' ? 'zip' : ''
      case 'walk':
      case 'timelapse':
        return this.format
      case 'html':
        return 'html'
      case 'onnx':
        return 'onnx'
      case 'metrics':
        return this.metricsFormat
      case 'run':
        return RUN_EXTENSION
      default:
        return this.kind satisfies never
    }
  })

  /** Asks what there is to choose from. */
  async load(): Promise<void> {
    const { client } = this.#app.bridge.library
    const runId = this.run.id
    const [checkpoints, favourites, grid] = await Promise.all([
      client.galleryCheckpoints({ runId }),
      client.favourites({ runId }),
      client.mosaicGrid({ runId }),
    ])
    this.checkpoints = checkpoints
    this.favourites = favourites
    this.grid = grid
    if (grid !== null && this.kind !== 'walk') this.width = Math.max(256, this.width ?? 0)
  }

  /** Asks where to save, then starts. Nothing happens when the person changes their mind. */
  async save(): Promise<void> {
    const { extension } = this
    const wish = this.#wish
    if (!this.complete) return
    const { shell, library } = this.#app.bridge
    this.error = null
    this.jobId = null
    this.asking = true
    try {
      const stem = fileNameFor(this.run.name, 'samples')
      const suggestedName = extension === '' ? stem : `${stem}.${extension}`
      const file = await shell.client.chooseSaveFile({ suggestedName, extension })
      if (file === null) return
      const { client } = library
      const started =
        wish === null
          ? client.exportRun({ runId: this.run.id, file })
          : client.startExport(wish(file))
      this.jobId = (await started).jobId
    } catch (error) {
      this.error = errorWords(error)
    } finally {
      this.asking = false
    }
  }

  async cancel(): Promise<void> {
    if (this.jobId !== null) await this.#app.bridge.library.client.cancelJob({ jobId: this.jobId })
  }

  async show(): Promise<void> {
    if (this.file !== null) await this.#app.bridge.shell.client.showInFolder({ file: this.file })
  }
}

function stopsOf(samples: DrawnSamples): Sample[] {
  if (samples.which === 'list') return samples.samples
  const { seed, count, className = null } = samples
  return Array.from({ length: count }, (_, i) => ({ seed: seed + i, className }))
}

function isWithin(value: number | null, least: number, most: number): value is number {
  return value !== null && Number.isInteger(value) && value >= least && value <= most
}
