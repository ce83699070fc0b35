import type { Resolution } from '../../../shared/domain/resolution'
import type { LatentPoint } from '../../../shared/domain/sample'
import type { Favourite, galleryRequests } from '../../../shared/protocol/gallery'
import type { Handlers } from '../../../shared/protocol/service'
import { positionAt } from '../../../shared/schedule'
import type { FakeTrainer } from './fakeTrainer'

type Requests = {
  readonly name: 'gallery'
  readonly requests: typeof galleryRequests
  readonly events: Record<never, never>
}

/** Samples of made-up runs: smooth blots whose colours follow from the seed. */
export class FakeGallery {
  /** Seeds asked for so far, in order: known before their pictures are drawn. */
  readonly asked: number[] = []
  /** Milliseconds of a drawing request. */
  pace = 4
  /** Why drawing fails, if it shall. */
  failDrawing: string | null = null
  #favourites: Favourite[] = []
  readonly handlers: Omit<Handlers<Requests>, 'startExport'>

  constructor(of: (runId: string) => FakeTrainer) {
    this.handlers = {
      galleryCheckpoints: async ({ runId }) => {
        const { config } = of(runId).summary
        return of(runId)
          .events.flatMap(({ body }) => (body.kind === 'checkpoint' ? [body.checkpoint] : []))
          .reverse()
          .map((info) => ({
            info,
            resolution: positionAt(config, info.imagesSeen).resolution,
            alpha: 1,
          }))
      },
      drawSamples: async ({ runId, points, truncation }) => {
        this.asked.push(...points.map((point) => (point.kind === 'sample' ? point.seed : -1)))
        await new Promise((resolve) => setTimeout(resolve, this.pace))
        if (this.failDrawing !== null) throw new Error(this.failDrawing)
        const { config, imagesSeen } = of(runId).summary
        const { resolution } = positionAt(config, imagesSeen)
        return { resolution, channels: 3, pixels: blots(points, resolution, truncation) }
      },
      nearestPictures: async ({ point, count }) => ({
        comparedAt: 16,
        count: 1545,
        resolution: 16,
        channels: 3,
        pictures: Array.from({ length: count }, (_, number) => ({
          number,
          path: `folder/picture ${number}.png`,
          distance: 21.5 + 3 * number,
          mirrored: number === 1,
          pixels: blots([point], 16, 1),
        })),
      }),
      favourites: async () => this.#favourites,
      setFavourite: async ({ sample, favourite }) => {
        const others = this.#favourites.filter(
          (one) => one.seed !== sample.seed || one.className !== sample.className,
        )
        this.#favourites = favourite ? [...others, { ...sample, addedAt: Date.now() }] : others
        return this.#favourites
      },
      tracePicture: async () => ({ trace: null, runExists: false }),
      mosaicGrid: async () => ({ columns: 6, rows: 6, mosaics: 34 }),
    }
  }
}

function blots(points: LatentPoint[], resolution: Resolution, truncation: number): Uint8Array {
  const size = resolution ** 2 * 3
  const pixels = new Uint8Array(points.length * size)
  points.forEach((point, n) => {
    const at = (seed: number, k: number) =>
      0.5 + 0.5 * Math.sin(seed * 12.9898 * (k + 1) + k * 78.233)
    const value = (k: number) => {
      const raw =
        point.kind === 'sample'
          ? at(point.seed, k)
          : at(point.from.seed, k) * (1 - point.share) + at(point.to.seed, k) * point.share
      return 0.5 + truncation * (raw - 0.5)
    }
    for (let i = 0; i < resolution ** 2; i++) {
      const [x, y] = [(i % resolution) / resolution, Math.floor(i / resolution) / resolution]
      const d = Math.hypot(x - 0.2 - 0.6 * value(0), y - 0.2 - 0.6 * value(1))
      const inside = 1 / (1 + Math.exp(40 * (d - 0.2 - 0.15 * value(2))))
      for (let c = 0; c < 3; c++) {
        pixels[n * size + i * 3 + c] =
          255 * (inside * value(3 + c) + (1 - inside) * (0.85 + 0.15 * value(6)))
      }
    }
  })
  return pixels
}
