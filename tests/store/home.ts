import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { openHome, type Home } from '../../main/store/home'
import { RunFile, type NewRun } from '../../main/store/runFile'

export { tickAt as tick } from '../tick'

/** A home in a temporary folder, removed by `remove`. */
export function temporaryHome(): Home & { remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'sprout-store-'))
  return { ...openHome(folder), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Settings of a small run. */
export const CONFIG: TrainConfig = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 16,
})

export function newRun(id: string): NewRun {
  return {
    id,
    name: `Run ${id}`,
    config: CONFIG,
    dataset: { id: 'd1', name: 'Emoji', source: { kind: 'sample', name: 'emoji' } },
  }
}

export function createRun(home: Home, id: string): RunFile {
  return RunFile.create(home.runFile(id), newRun(id))
}

export function mosaic(imagesSeen: number, bytes: number[]) {
  return {
    kind: 'mosaic' as const,
    imagesSeen,
    resolution: 4 as const,
    alpha: 1,
    columns: 2,
    rows: 1,
    webp: Uint8Array.from(bytes),
  }
}

/** A checkpoint of two tensors with values that depend on `imagesSeen`. */
export function checkpointAt(
  imagesSeen: number,
  kind: 'regular' | 'stage-end' | 'final' = 'regular',
) {
  const values = Float32Array.from({ length: 6000 }, (_, i) => imagesSeen + i / 7)
  return {
    kind,
    imagesSeen,
    step: imagesSeen / 16,
    tensors: new Map([
      ['generator/dense/weight', { shape: [60, 100], values }],
      ['adam/step', { shape: [], values: Float32Array.of(imagesSeen) }],
    ]),
  }
}
