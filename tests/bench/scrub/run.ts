import sharp from 'sharp'
import { openHome } from '../../../main/store/home'
import { RunFile } from '../../../main/store/runFile'
import type { Resolution } from '../../../shared/domain/resolution'
import { trainConfigFor } from '../../../shared/domain/presets'
import { positionAt, totalImages } from '../../../shared/schedule'

const COLUMNS = 8
const ROWS = 6
/** Different pictures per resolution. */
const DISTINCT = 24

/** Mosaics of smooth noise, which compress about as samples do. */
function makePictures(resolution: Resolution): Promise<Uint8Array[]> {
  const [width, height] = [COLUMNS * resolution, ROWS * resolution]
  let state: number = resolution
  const noise = (count: number) =>
    Uint8Array.from({ length: count }, () => (state = (state * 48271) % 0x7fffffff) & 255)
  return Promise.all(
    Array.from({ length: DISTINCT }, () => {
      const raw = { width: width / 4, height: height / 4, channels: 3 } as const
      return sharp(noise(raw.width * raw.height * 3), { raw })
        .resize(width, height, { kernel: 'cubic' })
        .webp({ lossless: true, effort: 2 })
        .toBuffer()
    }),
  )
}

/** Makes a run from 4 px to `size` with so many mosaics, evenly over its schedule, and answers its id. */
export async function makeRun(folder: string, mosaics: number, size: Resolution): Promise<string> {
  const home = openHome(folder)
  const id = 'scrub'
  const config = trainConfigFor({
    seed: 1,
    channels: 3,
    preset: 'small',
    firstResolution: 4,
    finalResolution: size,
  })
  const run = RunFile.create(home.runFile(id), {
    id,
    name: 'Scrub',
    config: { ...config, threads: 1, pictures: 1000 },
    dataset: { id: 'none', name: 'Noise', source: { kind: 'sample', name: 'emoji' } },
  })
  const pictures = new Map<Resolution, Uint8Array[]>()
  const total = totalImages(config)
  for (let i = 0; i < mosaics; i++) {
    const imagesSeen = Math.round((i / (mosaics - 1)) * total)
    const { resolution, alpha } = positionAt(config, imagesSeen)
    if (!pictures.has(resolution)) pictures.set(resolution, await makePictures(resolution))
    const webp = pictures.get(resolution)![i % DISTINCT]!
    const grid = { columns: COLUMNS, rows: ROWS }
    run.recordEvent({ kind: 'mosaic', imagesSeen, resolution, alpha, ...grid, webp })
  }
  run.setState('paused')
  run.close()
  return id
}
