import type { Rehearsal, RehearsalQuestion } from '../../shared/domain/rehearsal'
import type { PrepareOptions } from '../../shared/domain/dataset'
import type { Resolution } from '../../shared/domain/resolution'
import type { Preset, TrainConfig } from '../../shared/domain/trainConfig'
import { SvelteMap } from 'svelte/reactivity'
import type { Library } from '../bridge'
import { complaintWords, errorWords } from './problemWords'

/** Choices that last this long are settled: first for what is reckoned at once, then for what is measured. */
const ESTIMATE_MS = 120
const MEASURE_MS = 900

/** What goes with the settings to be rehearsed. */
export type Circumstances = {
  /** The settings grown as far as can be. */
  tallest: TrainConfig | null
  /** The settings with each preset's networks. */
  byPreset: ReadonlyMap<Preset, TrainConfig>
  /** Pictures to train with; null while none are chosen, when nothing is measured. */
  pictures: number | null
  /** How they are prepared. */
  prepare: PrepareOptions | null
  /** Another run trains: measuring beside it would be wrong and slow it down. */
  busy: boolean
}

/** Why nothing is being measured, or what is. */
export type RehearsingState = 'idle' | 'need-pictures' | 'busy' | 'starting' | 'measuring' | 'done'

/** What the run that is being chosen would take: reckoned at once, measured once the choices are settled. */
export class Rehearsing {
  report: Rehearsal | null = $state.raw(null)
  state: RehearsingState = $state('idle')
  /** Why it could not be measured. */
  failure: string | null = $state(null)
  /** What the run would take if it grew as far as can be; nothing is measured for it alone. */
  tallest: Rehearsal | null = $state.raw(null)
  /** The same with each preset's networks. */
  readonly presets = new SvelteMap<Preset, Rehearsal>()
  readonly #library: Library
  #circumstances: Circumstances | null = null
  #jobId: string | null = null
  /** Counts what was asked: only answers to the newest count. */
  #asked = 0
  #timers: ReturnType<typeof setTimeout>[] = []

  constructor(library: Library) {
    this.#library = library
    library.listen('rehearsal', ({ jobId, rehearsal }) => {
      if (jobId !== this.#jobId) return
      this.report = rehearsal
      this.state = rehearsal.measuring === null ? 'done' : 'measuring'
    })
    library.listen('job', ({ jobId, status }) => {
      if (jobId !== this.#jobId || status.kind === 'running') return
      this.#jobId = null
      this.state = 'done'
      if (status.kind === 'failed') this.failure = complaintWords(status)
      // What was measured is news to the other sizes.
      this.#later(0, () => this.#compare(this.#asked, this.#circumstances))
    })
  }

  /** Whether a run of this final size fits, as far as is known. */
  fits(size: Resolution): boolean {
    const all = this.tallest
    return all === null || all.fits || size <= (all.largestFitting ?? 0)
  }

  /** Looks at new settings; null ones are incomplete. What was being measured for others stops. */
  follow(config: TrainConfig | null, circumstances: Circumstances): void {
    this.pause()
    const asked = this.#asked
    this.failure = null
    if (config === null) {
      this.report = null
      this.state = 'idle'
      return
    }
    const { busy, pictures, prepare } = circumstances
    this.#circumstances = circumstances
    // Not read back: whoever follows in an effect must not depend on what it changes.
    const state = busy ? 'busy' : pictures === null ? 'need-pictures' : 'starting'
    this.state = state
    this.#later(ESTIMATE_MS, () => this.#estimate(asked, config, circumstances))
    if (state !== 'starting') return
    this.#later(MEASURE_MS, () => this.#measure(asked, { config, pictures, prepare }))
  }

  /** Stops measuring, as when the person goes elsewhere. */
  pause(): void {
    this.#asked++
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
    if (this.#jobId === null) return
    const jobId = this.#jobId
    this.#jobId = null
    this.#library.client.cancelJob({ jobId }).catch(() => undefined)
  }

  async #estimate(asked: number, config: TrainConfig, circumstances: Circumstances): Promise<void> {
    const { pictures, prepare } = circumstances
    const report = await this.#library.client.estimateRehearsal({ config, pictures, prepare })
    if (asked !== this.#asked) return
    if (this.#jobId === null) this.report = report
    await this.#compare(asked, circumstances)
  }

  /** Reckons what the sizes and networks beside the chosen ones would take. */
  async #compare(asked: number, circumstances: Circumstances | null): Promise<void> {
    if (circumstances === null) return
    const { tallest, byPreset, pictures, prepare } = circumstances
    const { client } = this.#library
    if (tallest !== null) {
      const all = await client.estimateRehearsal({ config: tallest, pictures, prepare })
      if (asked !== this.#asked) return
      this.tallest = all
    }
    for (const [preset, config] of byPreset) {
      const one = await client.estimateRehearsal({ config, pictures, prepare })
      if (asked !== this.#asked) return
      this.presets.set(preset, one)
    }
  }

  async #measure(asked: number, question: RehearsalQuestion): Promise<void> {
    const { client } = this.#library
    const { jobId } = await client.rehearse({ question, again: false })
    if (asked === this.#asked) this.#jobId = jobId
    else await client.cancelJob({ jobId })
  }

  #later(ms: number, work: () => Promise<void>): void {
    const fail = (error: unknown) => {
      this.state = 'done'
      this.failure = errorWords(error)
    }
    this.#timers.push(setTimeout(() => void work().catch(fail), ms))
  }
}
