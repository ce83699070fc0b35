import type { Home } from '../main/store/home'
import { DatasetFile } from '../main/store/datasetFile'
import { randomStream } from '../main/trainer/random'

/** Pixels of a picture of noise, RGB. */
export function noisePixels(resolution: number, picture: number): Uint8Array {
  const noise = randomStream(1, `${resolution}`, picture).uniforms(resolution ** 2 * 3)
  return Uint8Array.from(noise, (value) => 256 * value)
}

/** Makes the dataset `noise` in a home: 40 pictures at 4 and 8 px, of the classes that `classOf` tells where given. */
export function makeNoiseDataset(home: Home, classOf?: (picture: number) => string): void {
  const pictures = Array.from({ length: 40 }, (_, i) => i)
  const dataset = DatasetFile.create(home.datasetFile('noise'), {
    id: 'noise',
    name: 'noise',
    options: {
      source: { kind: 'folder', path: '/noise' },
      crop: 'pad',
      channels: 3,
      finalResolution: 8,
    },
  })
  if (classOf !== undefined) dataset.addClasses([...new Set(pictures.map(classOf))].sort())
  for (const i of pictures) {
    const levels = new Map(([4, 8] as const).map((r) => [r, noisePixels(r, i)]))
    dataset.addPicture({ path: `${i}`, levels, className: classOf?.(i) ?? null })
  }
  dataset.markReady()
  dataset.close()
}
