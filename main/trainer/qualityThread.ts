import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Resolution } from '../../shared/domain/resolution'
import { Gauge, type Gathering, type Projections } from '../quality/gauge'
import { DatasetFile } from '../store/datasetFile'
import { comparedPictures, gaugeFor } from './qualityPlan'
import type { FromQualityThread, QualityTask, ToQualityThread } from './qualityTask'

/** How far behind others the thread stands when a core is wanted; see nice(2). */
const NICENESS = 15

/**
 * Measures samples as they come: only one resolution's gauge, and what it says of the real pictures, are kept. What goes
 * wrong ends the thread and is told to who started it.
 */
class QualityDesk {
  readonly #task: QualityTask
  #gauge: Gauge | null = null
  #reals: Projections | null = null
  #gathering: Gathering | null = null

  constructor(task: QualityTask) {
    this.#task = task
  }

  begin(resolution: Resolution): void {
    if (this.#gauge?.shape.resolution !== resolution) {
      const { channels, qualitySamples } = this.#task.config
      this.#gauge = gaugeFor({ resolution, channels, pictures: qualitySamples })
      this.#reals = null
    }
    this.#gathering = this.#gauge.gather()
  }

  add(pixels: Uint8Array): void {
    this.#gathering!.add(pixels)
  }

  drop(): void {
    this.#gathering = null
  }

  end(): number {
    this.#reals ??= this.#readReals(this.#gauge!)
    const samples = this.#gathering!.projections()
    this.#gathering = null
    return Gauge.distance(this.#reals, samples)
  }

  #readReals(gauge: Gauge): Projections {
    const { config, datasetFile } = this.#task
    const { resolution, channels, pictures } = gauge.shape
    const dataset = DatasetFile.open(datasetFile)
    try {
      // A few hundred pictures are not worth holding all of them in memory.
      const level = dataset.openLevel(resolution as Resolution, 0)
      const available = Math.min(config.pictures ?? level.count, level.count)
      const gathering = gauge.gather()
      const pixels = new Uint8Array(resolution * resolution * channels)
      comparedPictures(available, pictures).forEach((number, i) => {
        level.read(Uint32Array.of(number), pixels)
        // Half of what the discriminator sees is mirrored, so samples are right to be.
        gathering.add(config.mirror && i % 2 === 1 ? mirrored(pixels, resolution) : pixels)
      })
      return gathering.projections()
    } finally {
      dataset.close()
    }
  }
}

function mirrored(pixels: Uint8Array, resolution: number): Uint8Array {
  const turned = new Uint8Array(pixels.length)
  const channels = pixels.length / resolution ** 2
  for (let y = 0; y < resolution; y++) {
    for (let x = 0; x < resolution; x++) {
      const from = (y * resolution + x) * channels
      const to = (y * resolution + resolution - 1 - x) * channels
      turned.set(pixels.subarray(from, from + channels), to)
    }
  }
  return turned
}

/** Elsewhere than on Linux this would be the whole process's. */
function standBack(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(NICENESS)
  } catch {
    // Not allowed here: it competes like any other thread.
  }
}

standBack()
const desk = new QualityDesk(workerData as QualityTask)
parentPort!.on('message', (message: ToQualityThread) => {
  switch (message.kind) {
    case 'begin':
      return desk.begin(message.resolution)
    case 'samples':
      return desk.add(message.pixels)
    case 'drop':
      return desk.drop()
    case 'end': {
      const { checkpointId } = message
      const answer: FromQualityThread = { checkpointId, distance: desk.end() }
      return parentPort!.postMessage(answer)
    }
    default:
      return message satisfies never
  }
})
