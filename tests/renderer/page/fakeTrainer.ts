import type { Frame, MosaicEntry, MosaicFrame } from '../../../shared/domain/mosaicHistory'
import type { Resolution } from '../../../shared/domain/resolution'
import { stretchOf, type CurveStretch } from '../../../shared/domain/curve'
import {
  changedSettings,
  withChange,
  type SettingsChange,
} from '../../../shared/domain/settingsChange'
import type { NetworkStats } from '../../../shared/domain/networkStats'
import type { RunSummary } from '../../../shared/domain/run'
import type { StoredCheckpoint } from '../../../shared/domain/storedCheckpoint'
import type { TrainEvent, TrainEventBody } from '../../../shared/domain/trainEvent'
import { positionAt, totalImages } from '../../../shared/schedule'

/** Writes the events that a run of `summary.config` would, with made-up numbers and ready pictures. */
export class FakeTrainer {
  readonly summary: RunSummary
  readonly events: TrainEvent[] = []
  checkpoints: StoredCheckpoint[] = []
  thumbnail: Uint8Array | null = null
  onEvent: (event: TrainEvent) => void = () => {}
  #imagesSeen = 0
  #mosaicAt = 0
  #stage: string | null = null
  #noise = 7
  readonly #mosaics: ReadonlyMap<Resolution, Uint8Array>

  constructor(summary: RunSummary, mosaics: ReadonlyMap<Resolution, Uint8Array>) {
    this.summary = summary
    this.#mosaics = mosaics
  }

  record(body: TrainEventBody): void {
    const seq = this.events.length + 1
    const event = { seq, at: Date.now() - 3_600_000 + seq * 400, body }
    this.events.push(event)
    this.onEvent(event)
  }

  state(state: 'preparing' | 'training' | 'paused' | 'finished' | 'failed'): void {
    this.record({ kind: 'state', imagesSeen: this.#imagesSeen, state })
  }

  /** Trains until `imagesSeen`, a tick every 256 images. */
  trainTo(imagesSeen: number): void {
    const end = Math.min(imagesSeen, totalImages(this.summary.config))
    while (this.#imagesSeen < end) {
      const { stage, resolution, phase } = positionAt(this.summary.config, this.#imagesSeen)
      const key = `${stage}/${phase}`
      if (this.#stage !== key) {
        this.#stage = key
        this.record({ kind: 'stage', imagesSeen: this.#imagesSeen, stage, resolution, phase })
        this.checkpoint(stage === 0 ? 'regular' : 'stage-end')
        this.state('preparing')
        this.state('training')
      }
      this.#tick(Math.min(end, this.#imagesSeen + 256))
    }
    this.summary.imagesSeen = this.#imagesSeen
  }

  checkpoint(kind: 'regular' | 'stage-end' | 'final'): void {
    const info = { id: this.events.length, imagesSeen: this.#imagesSeen, step: 1, kind }
    const checkpoint = { ...info, createdAt: Date.now() }
    this.checkpoints.push({
      ...checkpoint,
      bytes: 9_400_000,
      pinned: false,
      quality: null,
      best: false,
    })
    this.record({ kind: 'checkpoint', checkpoint })
  }

  pin(checkpointId: number, pinned: boolean): void {
    this.checkpoints = this.checkpoints.map((each) =>
      each.id === checkpointId ? { ...each, pinned } : each,
    )
  }

  mosaicList(): MosaicEntry[] {
    return this.events.flatMap(({ seq, at, body }) => {
      if (body.kind !== 'mosaic') return []
      const { imagesSeen, resolution, alpha, columns, rows } = body
      return [{ seq, at, imagesSeen, resolution, alpha, columns, rows, interim: false }]
    })
  }

  async mosaicFrames(seqs: readonly number[], tile: number | null): Promise<MosaicFrame[]> {
    const frames = seqs.flatMap((seq) => {
      const body = this.events[seq - 1]?.body
      if (body?.kind !== 'mosaic') return []
      return [frameOf(body.webp, body.columns, tile).then((frame) => ({ seq, frame }))]
    })
    return Promise.all(frames)
  }

  reals(): Promise<Frame> {
    return frameOf(this.#mosaics.get(32)!, 6, null)
  }

  note(text: string): void {
    this.record({ kind: 'note', imagesSeen: this.#imagesSeen, text })
  }

  change(change: SettingsChange): void {
    const before = this.summary.config
    this.summary.config = withChange(before, this.#imagesSeen, change)
    const changed = changedSettings(before, this.summary.config)
    this.record({ kind: 'settings', imagesSeen: this.#imagesSeen, changed })
  }

  /** Of made-up tensors. */
  networkStats(): NetworkStats {
    const bins = Array.from({ length: 32 }, (_, i) =>
      Math.round(900 * Math.exp(-((i - 15) ** 2) / 40)),
    )
    const numbers = { count: 9216, mean: 0.002, deviation: 0.11, low: -0.42, high: 0.44, bins }
    const names = ['4x4/dense', '4x4/conv', '8x8/conv0', '8x8/conv1', '8x8/toRGB', '8x8/fromRGB']
    return {
      imagesSeen: this.#imagesSeen,
      tensors: ['generator', 'discriminator'].flatMap((network) =>
        names.flatMap((name) => [
          { name: `${network}/${name}/weight`, shape: [3, 3, 64, 64], numbers },
          { name: `${network}/${name}/bias`, shape: [64], numbers },
        ]),
      ),
      activations: ['4x4', '8x8'].map((block) => ({ block, numbers })),
    }
  }

  /** Each tick of a window. */
  curve(from: number, to: number): CurveStretch[] {
    let before = 0
    return this.events.flatMap(({ at, body }) => {
      if (body.kind !== 'tick') return []
      const stretch = stretchOf(body, at, before)
      before = body.imagesSeen
      return body.imagesSeen >= from && body.imagesSeen <= to ? [stretch] : []
    })
  }

  #tick(imagesSeen: number): void {
    this.#imagesSeen = imagesSeen
    const { stage, resolution, phase, alpha } = positionAt(this.summary.config, imagesSeen)
    const settle = Math.exp(-imagesSeen / 9000)
    this.record({
      kind: 'tick',
      imagesSeen,
      step: Math.ceil(imagesSeen / 16),
      stage,
      resolution,
      phase,
      alpha,
      generatorLoss: 1.2 * Math.sin(imagesSeen / 5000) + this.#random() + 14 * settle,
      discriminatorLoss: -1.8 - 5 * settle * settle + 0.7 * this.#random() + 0.5 * (1 - alpha),
      realScore: 1.4 + this.#random(),
      fakeScore: -1.1 + this.#random() - 9 * settle,
      imagesPerSecond: 900 / resolution + 4 * this.#random(),
      gradientPenalty: Math.abs(0.6 + 0.4 * this.#random()),
      dataWaitShare: 0.02 + 0.01 * this.#random(),
      peakMemoryBytes: (180 + 14 * resolution) * 2 ** 20,
    })
    if (imagesSeen - this.#mosaicAt < 1024) return
    this.mosaic()
  }

  /** Draws a mosaic. */
  mosaic(): void {
    const imagesSeen = this.#imagesSeen
    const { resolution, alpha } = positionAt(this.summary.config, imagesSeen)
    this.#mosaicAt = imagesSeen
    const webp = this.#mosaics.get(resolution) ?? this.#mosaics.get(32)!
    this.thumbnail = webp
    this.summary.mosaicSeq = this.events.length + 1
    const grid = { columns: 6, rows: 6, webp }
    this.record({ kind: 'mosaic', imagesSeen, resolution, alpha, ...grid })
  }

  /** Between -1 and 1; the same numbers each time, so that pictures of a page can be compared. */
  #random(): number {
    this.#noise = (this.#noise * 16807) % 2147483647
    return (this.#noise / 2147483647) * 2 - 1
  }
}

async function frameOf(webp: Uint8Array, columns: number, tile: number | null): Promise<Frame> {
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(webp)], { type: 'image/webp' }))
  if (tile === null) {
    return { width: bitmap.width, height: bitmap.height, type: 'webp', bytes: webp }
  }
  const side = bitmap.width / columns
  const surface = new OffscreenCanvas(side, side).getContext('2d')!
  surface.drawImage(bitmap, -(tile % columns) * side, -Math.floor(tile / columns) * side)
  const { data } = surface.getImageData(0, 0, side, side)
  return { width: side, height: side, type: 'rgba', bytes: new Uint8Array(data) }
}
