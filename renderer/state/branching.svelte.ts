import {
  branchProblem,
  grownTo,
  reachedAt,
  withLaterStages,
  type BranchProblem,
} from '../../shared/domain/branch'
import { RESOLUTIONS, type Resolution } from '../../shared/domain/resolution'
import type { RunSummary } from '../../shared/domain/run'
import type { StoredCheckpoint } from '../../shared/domain/storedCheckpoint'
import type { LossName, TrainConfig } from '../../shared/domain/trainConfig'
import { m } from '../messages/generated/messages.js'
import { formatCompact } from './format'
import type { App } from './app.svelte'
import { errorWords, WordedError } from './problemWords'
import { errorOf } from '../../shared/domain/explanation'

/** Going on from a checkpoint: as a run of its own, with settings that may differ, or in the run itself. */
export class Branching {
  readonly run: RunSummary
  /** Newest first; null until the library answers. */
  checkpoints: StoredCheckpoint[] | null = $state.raw(null)
  checkpointId: number | null = $state(null)
  way: 'branch' | 'rewind' = $state('branch')
  name = $state('')
  loss: LossName = $state('wgan-gp')
  mirror = $state(false)
  finalResolution: Resolution = $state(4)
  /** Each null stays as the parent has it. */
  learningRate: number | null = $state(null)
  fadeImages: number | null = $state(null)
  stableImages: number | null = $state(null)
  error: string | null = $state(null)
  busy = $state(false)
  readonly #app: App
  readonly #locale: string
  /** Prepares the pictures larger; null while there is no such work. */
  #jobId: string | null = $state(null)

  constructor(app: App, run: RunSummary, checkpointId: number | null, locale: string) {
    this.#app = app
    this.#locale = locale
    this.run = run
    this.checkpointId = checkpointId
    this.loss = run.config.loss
    this.mirror = run.config.mirror
    this.finalResolution = run.config.stages.at(-1)!.resolution
  }

  /** Asks for the checkpoints; the newest is chosen unless one was. */
  async load(): Promise<void> {
    try {
      const { client } = this.#app.bridge.library
      const all = await client.listCheckpoints({ runId: this.run.id })
      this.checkpoints = [...all].reverse()
      if (this.checkpoint === null) this.checkpointId = this.checkpoints[0]?.id ?? null
    } catch (error) {
      this.error = errorWords(error)
    }
  }

  readonly checkpoint = $derived.by(
    () => this.checkpoints?.find(({ id }) => id === this.checkpointId) ?? null,
  )
  readonly shownName = $derived.by(() => {
    const at =
      this.checkpoint === null ? '' : formatCompact(this.checkpoint.imagesSeen, this.#locale)
    return this.name.trim() || `${this.run.name} @ ${at}`
  })
  /** The stage's plan at the checkpoint: what the fields show while they are empty. */
  readonly planNow = $derived.by(() => {
    const { config } = this.run
    return config.stages[reachedAt(config, this.checkpoint?.imagesSeen ?? 0).stage]!
  })
  /** Sizes that the branch may end at. */
  readonly sizes = $derived(RESOLUTIONS.filter((size) => size >= this.planNow.resolution))
  readonly #grown = $derived.by(() => grownTo(this.run.config, this.finalResolution))
  /** The first plan of a stage that is still to come; null in the last stage. */
  readonly planNext = $derived.by(() => {
    const { stages } = this.#grown
    return stages.find(({ resolution }) => resolution === 2 * this.planNow.resolution) ?? null
  })

  readonly config: TrainConfig = $derived.by(() => {
    const config = this.#grown
    const { learningRate, fadeImages, stableImages } = this
    const changed = withLaterStages(config, this.checkpoint?.imagesSeen ?? 0, (plan) => ({
      ...plan,
      ...(learningRate !== null && { learningRate }),
      ...(fadeImages !== null && { fadeImages }),
      ...(stableImages !== null && { stableImages }),
    }))
    const seen = this.checkpoint?.imagesSeen ?? 0
    // A limit that the run has reached is not meant for what comes after it.
    const imageLimit = (config.imageLimit ?? Infinity) > seen ? config.imageLimit : null
    return { ...changed, imageLimit, loss: this.loss, mirror: this.mirror }
  })

  readonly problem: BranchProblem | null = $derived.by(() =>
    this.checkpoint === null
      ? null
      : branchProblem(this.run.config, this.checkpoint.imagesSeen, this.config, null),
  )
  readonly ready = $derived(
    this.checkpoint !== null && !this.busy && (this.way === 'rewind' || this.problem === null),
  )

  /** How far the preparation of larger pictures is; null while there is none. */
  readonly preparing = $derived.by(() => {
    const status = this.#jobId === null ? undefined : this.#app.jobs.get(this.#jobId)
    return status?.kind === 'running' ? status : null
  })

  /** Stops what is being prepared, if anything. */
  stop(): void {
    const jobId = this.#jobId
    if (jobId === null) return
    this.#app.attempt(() => this.#app.bridge.library.client.cancelJob({ jobId }))
  }

  /** Has the pictures prepared as large as the branch grows; undefined where the parent's are large enough. */
  async #largerPictures(): Promise<string | undefined> {
    const { finalResolution } = this
    if (finalResolution <= this.run.config.stages.at(-1)!.resolution) return undefined
    const { client } = this.#app.bridge.library
    try {
      this.#jobId = (await client.prepareForRun({ runId: this.run.id, finalResolution })).jobId
      const status = await this.#app.jobEnded(this.#jobId)
      if (status.kind === 'done') return status.result
      throw status.kind === 'failed' ? errorOf(status) : new WordedError(m.history_branch_stopped())
    } finally {
      this.#jobId = null
    }
  }

  /** Makes the branch, or goes back in the run itself; opens it and, when wanted, trains it. Answers whether it went well. */
  async go(train: boolean): Promise<boolean> {
    const { checkpoint, run } = this
    if (checkpoint === null) return false
    const { client } = this.#app.bridge.library
    const at = { runId: run.id, checkpointId: checkpoint.id }
    this.busy = true
    this.error = null
    try {
      const made =
        this.way === 'rewind'
          ? await client.rewindRun(at)
          : await client.branchRun({
              ...at,
              datasetId: await this.#largerPictures(),
              name: this.shownName.slice(0, 120),
              config: this.config,
            })
      await this.#app.refreshRuns()
      await this.#app.openRun(made.id)
      if (train) await this.#app.train(made.id)
      return true
    } catch (error) {
      this.error = errorWords(error)
      return false
    } finally {
      this.busy = false
    }
  }
}
