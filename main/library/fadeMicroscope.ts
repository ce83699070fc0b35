import type { FadePaths as FadeFrames, FadeView } from '../../shared/domain/fadeMicroscope'
import type { Resolution } from '../../shared/domain/resolution'
import type { CheckpointInfo } from '../../shared/domain/run'
import { fadeOf, FadePaths } from '../export/fadePaths'
import { tileBytes } from '../pictures/encode'
import { fadeBytes } from '../pictures/fadeReals'
import { pixelFrame } from '../pictures/frames'
import { OnnxEngine } from '../runtime/onnx'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'
import { chooseReals, readReals } from './realPictures'

/** Pictures in a row. */
const COUNT = 4
/** A generator that nobody looked through for so long is let go. */
const IDLE_MS = 60_000
/** Of the pictures in one row. */
const MAX_PIXELS = 1 << 22
/** A run that trains needs the others. */
const THREADS = 1

/** What stays the same while a person moves the weight. */
type Slide = {
  key: string
  stage: number
  checkpoint: CheckpointInfo
  paths: FadePaths
  old: FadeFrames['old']
  new: FadeFrames['new']
  /** Pixels of real pictures, one after the other. */
  reals: Uint8Array
  channels: 1 | 3 | 4
}

/** What is asked of it. */
export type FadeQuestion = { runId: string; stage: number | null; alpha: number | null }

/** Draws both paths of a fade and their blend; keeps the last generator, since the next question is of the same. */
export class FadeMicroscope {
  readonly #home: Home
  #slide: Slide | null = null
  #last: Promise<unknown> = Promise.resolve()
  #idle: NodeJS.Timeout | undefined

  constructor(home: Home) {
    this.#home = home
  }

  /** Answers one question after the other; null when the run has no checkpoint in such a fade. */
  look(question: FadeQuestion): Promise<FadeView | null> {
    const answer = this.#last.then(() => this.#look(question))
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async #look({ runId, stage, alpha }: FadeQuestion): Promise<FadeView | null> {
    clearTimeout(this.#idle)
    const slide = await this.#slideFor(runId, stage)
    if (slide === null) return null
    this.#idle = setTimeout(() => this.#letGo(), IDLE_MS)
    this.#idle.unref()
    const { resolution, alpha: alphaThen } = slide.paths.position
    const weight = alpha ?? alphaThen
    const { channels } = slide
    const real = (at: number) =>
      pixelFrame(
        tileBytes(fadeBytes(slide.reals, { resolution, channels }, at), {
          resolution,
          channels,
          columns: COUNT,
        }),
        MAX_PIXELS,
      )
    return {
      stage: slide.stage,
      resolution,
      checkpoint: slide.checkpoint,
      alphaThen,
      alpha: weight,
      count: COUNT,
      generator: {
        old: slide.old,
        new: slide.new,
        blend: await pixelFrame(await slide.paths.draw(weight), MAX_PIXELS),
      },
      reals: { old: await real(0), new: await real(1), blend: await real(weight) },
    }
  }

  async #slideFor(runId: string, stage: number | null): Promise<Slide | null> {
    const run = RunFile.openForReading(this.#home.runFile(runId))
    try {
      const { config } = run
      const found = run
        .checkpoints()
        .reverse()
        .find((info) => {
          const fade = fadeOf(config, info)
          return fade !== null && (stage === null || fade.stage === stage)
        })
      if (found === undefined) return null
      const key = `${runId}/${found.id}`
      if (this.#slide?.key === key) return this.#slide
      await this.#letGo()
      const engine = new OnnxEngine({ threads: THREADS })
      const paths = await FadePaths.create(engine, config, run.loadCheckpoint(found.id), COUNT)
      try {
        const draw = async (alpha: number) => pixelFrame(await paths.draw(alpha), MAX_PIXELS)
        const { stage, resolution } = paths.position
        const reals = this.#realsOf(run, resolution)
        const ends = { old: await draw(0), new: await draw(1) }
        const { channels } = config
        this.#slide = { key, stage, checkpoint: found, paths, ...ends, reals, channels }
      } catch (error) {
        await paths[Symbol.asyncDispose]()
        throw error
      }
      return this.#slide
    } finally {
      run.close()
    }
  }

  #realsOf(run: RunFile, resolution: Resolution): Uint8Array {
    const dataset = DatasetFile.open(this.#home.datasetFile(run.summary().datasetId))
    try {
      const grid = { columns: COUNT, rows: 1, rowClasses: null }
      return readReals(dataset, { resolution }, chooseReals(dataset, run.config, grid))
    } finally {
      dataset.close()
    }
  }

  async #letGo(): Promise<void> {
    const slide = this.#slide
    this.#slide = null
    await slide?.paths[Symbol.asyncDispose]()
  }
}
