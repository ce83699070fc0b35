import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import { positionAt } from '../../shared/schedule'
import { CheckpointSampler, loadCheckpoint } from '../../main/export/checkpointSampler'
import { encodeWebp } from '../../main/pictures/encode'
import type { Values } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { RunFile } from '../../main/store/runFile'
import { checkpointOf } from '../../main/trainer/checkpoint'
import { growState, initialState } from '../../main/trainer/networkState'

/** Settings of a run that fades from 8 to 16 px between 128 and 192 images. */
export function tinyConfig(choices: Partial<TrainConfig> = {}): TrainConfig {
  const base = trainConfigFor({
    seed: 4,
    channels: 3,
    preset: 'tiny',
    firstResolution: 8,
    finalResolution: 16,
    fadeImages: 64,
    stableImages: 128,
  })
  return { ...base, latentSize: 24, fmapMax: 12, fmapBase: 96, threads: 1, ...choices }
}

/** The state with running statistics, if it has any, that are none of those that they begin at. */
function withStatistics(state: Values): Values {
  const moved = Object.entries(state).map(([name, values]) => {
    const by = name.endsWith('/mean') ? 0.1 : name.endsWith('/variance') ? 0.5 : 0
    return [name, by === 0 ? values : values.map((value, i) => value + by * Math.sin(i + 1))]
  })
  return Object.fromEntries(moved) as Values
}

/** A folder with a run file in it, whose checkpoint (untrained weights) stands at `imagesSeen`. */
export class TinyRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'sprout-export-'))
  readonly run: RunFile
  readonly engine = new OnnxEngine({ threads: 1 })

  constructor(config: TrainConfig, imagesSeen: number) {
    this.run = RunFile.create(join(this.folder, 'run.sqlite'), {
      id: 'tiny-run',
      name: 'Ünï <b>& 花',
      config,
      dataset: { id: 'd1', name: 'Emoji', source: { kind: 'sample', name: 'emoji' } },
    })
    this.addCheckpoint(imagesSeen)
  }

  addCheckpoint(imagesSeen: number): number {
    const { config } = this.run
    const first = positionAt(config, 0)
    const shape = positionAt(config, imagesSeen)
    const grown = growState(config, initialState(config, first.resolution), first, shape)
    const state = withStatistics(grown)
    const progress = { imagesSeen, step: 1, shape, state }
    return this.run.saveCheckpoint(checkpointOf(config, progress, 'regular')).id
  }

  /** Adds a mosaic of 3 by 2 flat pictures of one level. */
  async addMosaic(imagesSeen: number, resolution: 8 | 16, level: number): Promise<void> {
    const [width, height] = [3 * resolution, 2 * resolution]
    const webp = await encodeWebp(new Uint8Array(width * height * 3).fill(level), width, height, 3)
    const grid = { columns: 3, rows: 2, alpha: 1 }
    this.run.recordEvent({ kind: 'mosaic', imagesSeen, resolution, ...grid, webp })
  }

  sampler(): Promise<CheckpointSampler> {
    return CheckpointSampler.create(this.engine, this.run.config, loadCheckpoint(this.run, null))
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  remove(): void {
    this.run.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
