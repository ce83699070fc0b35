import { positionAt, secondsLeft, segmentsOf, totalImages } from '../../shared/schedule'
import { qualityCurve } from '../../shared/domain/quality'
import type { RunState, RunSummary } from '../../shared/domain/run'
import type { StorageTrouble } from '../../shared/domain/storageTrouble'
import type { TrainEvent } from '../../shared/domain/trainEvent'
import type { Library, Trainer } from '../bridge'
import { Charts } from './charts.svelte'
import { EMPTY_FOLD, foldEvents, type RunFold } from './runFold'

/** Events asked for at once. */
const PAGE = 1000
/**
 * Ticks alone change the screen this far apart, in ms. At small sizes several come a second, and a change of the screen
 * takes the time of a step there.
 */
const TICKS_APART = 1000
/** A tick waits as long for the mosaic that may come with it, in ms: the window is then laid out and drawn once for both. */
const MOSAIC_WAIT = 150

/** What a run's screen calls its state; more than what is stored, since a window can know more. */
export type ShownState = RunState | 'preparing' | 'queued' | 'starting'

/** One run as its screen shows it: a fold over its events, stored ones first, then live ones. */
export class RunView {
  summary: RunSummary = $state.raw()!
  fold: RunFold = $state.raw(EMPTY_FOLD)
  /** The trainer's port while it is up. */
  trainer: Trainer | null = $state.raw(null)
  queued = $state(false)
  /** What keeps the run from being written; its trainer waits until it has passed. */
  trouble: StorageTrouble | null = $state.raw(null)
  /** What the run's charts share. */
  readonly charts: Charts
  #starting = $state(false)
  /** The newest event when the start was asked for. */
  #startSeq = 0
  readonly #library: Library
  #waiting: TrainEvent[] = []
  /** Ticks that follow the fold and are not shown yet. */
  #held: TrainEvent[] = []
  #shownAt = 0
  #showing: ReturnType<typeof setTimeout> | undefined
  #filling: Promise<void> | null = null
  #forget: () => void = () => {}

  constructor(library: Library, summary: RunSummary) {
    this.#library = library
    this.summary = summary
    this.charts = new Charts(({ from, to }, most) =>
      library.client.runCurve({ runId: summary.id, fromImages: from, toImages: to, most }),
    )
  }

  readonly segments = $derived(segmentsOf(this.summary.config))
  readonly stages = $derived(this.summary.config.stages.length)
  readonly totalImages = $derived(totalImages(this.summary.config))
  readonly imagesSeen = $derived(
    this.fold.seq === 0 ? this.summary.imagesSeen : this.fold.imagesSeen,
  )
  readonly position = $derived(positionAt(this.summary.config, this.imagesSeen))
  /** What it trained on last, or is to begin on. */
  readonly device = $derived(this.fold.device ?? this.summary.config.device)
  readonly secondsLeft = $derived(
    secondsLeft(this.summary.config, this.imagesSeen, this.fold.speeds),
  )
  readonly state: ShownState = $derived.by(() => {
    if (this.#starting) return 'starting'
    if (this.trainer !== null) {
      return this.trouble === null ? (this.fold.activity ?? 'starting') : 'paused'
    }
    return this.queued ? 'queued' : this.summary.state
  })
  /** When the run will be done at its measured speeds, in milliseconds since 1970; null while it stands still. */
  readonly finishAt = $derived(
    (this.state === 'training' || this.state === 'preparing') && this.secondsLeft !== null
      ? Date.now() + this.secondsLeft * 1000
      : null,
  )
  readonly failure = $derived(
    this.state === 'failed' ? (this.fold.failure ?? this.summary.failure) : null,
  )
  readonly imagesPerSecond = $derived(
    this.state === 'training' ? (this.fold.tick?.imagesPerSecond ?? null) : null,
  )

  /** Reads the stored events that are not folded in yet, and the summary. */
  async refresh(): Promise<void> {
    const { client } = this.#library
    const asked = { runId: this.summary.id }
    this.summary = await client.getRun(asked)
    await this.#fill((afterSeq) => client.runEvents({ ...asked, afterSeq, limit: PAGE }))
    await this.charts.refine()
  }

  /** Looks what another process, such as the command line, makes of the run while no trainer of the window's own is up. */
  async lookAgain(): Promise<void> {
    if (this.trainer !== null || this.#starting || this.queued) return
    const asked = { runId: this.summary.id, afterSeq: this.fold.seq, limit: 1 }
    try {
      const moved = (await this.#library.client.runEvents(asked)).length > 0
      // One that was killed tells of it by no event.
      if (moved || this.summary.state === 'training') await this.refresh()
    } catch {
      // The run is gone, or the library is being started anew: what the person does next tells more.
    }
  }

  async #readSummary(): Promise<void> {
    try {
      this.summary = await this.#library.client.getRun({ runId: this.summary.id })
    } catch {
      // The library is being started anew; the next refresh asks again.
    }
  }

  get starting(): boolean {
    return this.#starting
  }

  /** A trainer was asked for: what the stored events say last is over, until a new one tells more. */
  expectStart(): void {
    this.#starting = true
    this.#startSeq = this.fold.seq
  }

  /** No trainer comes. */
  giveUpStart(): void {
    this.#starting = false
  }

  /** Follows a trainer that came up. What happened before its port came is asked for. */
  attach(trainer: Trainer): void {
    this.#forget()
    this.trainer?.close()
    this.trainer = trainer
    const forgetEvents = trainer.listen('event', (event) => this.#receive(event))
    const forgetTrouble = trainer.listen('trouble', (trouble) => (this.trouble = trouble))
    this.#forget = () => {
      forgetEvents()
      forgetTrouble()
      this.trouble = null
    }
    this.#askForTrouble(trainer)
    this.#catchUp(trainer)
  }

  /** The trainer ended: what it stored is the truth again. */
  async detach(): Promise<void> {
    this.#forget()
    this.#forget = () => {}
    this.#starting = false
    const gone = this.trainer
    gone?.close()
    try {
      await this.refresh()
    } finally {
      // Only now, so that what was stored before it began is not shown for a moment; another may be up by then.
      if (this.trainer === gone) this.trainer = null
    }
  }

  /** Stops listening; the view is of no use afterwards. */
  close(): void {
    this.#forget()
    this.trainer?.close()
    this.trainer = null
    clearTimeout(this.#showing)
    this.charts.close()
  }

  #add(events: TrainEvent[]): void {
    const { seq, imagesSeen, qualities } = this.fold
    this.fold = foldEvents(this.fold, events)
    if (this.fold.imagesSeen < imagesSeen) this.charts.forget()
    this.charts.follow(this.fold.curves, this.segments)
    if (this.fold.qualities !== qualities) this.charts.qualities = qualityCurve(this.fold.qualities)
    // Lengths of phases to come may be others now.
    if (events.some((event) => event.seq > seq && event.body.kind === 'settings')) {
      void this.#readSummary()
    }
    const said = events.some(({ seq, body }) => seq > this.#startSeq && body.kind === 'state')
    if (said) this.#starting = false
  }

  #receive(event: TrainEvent): void {
    const known = Math.max(this.fold.seq, this.#held.at(-1)?.seq ?? 0)
    if (event.seq <= known) return
    if (this.#filling === null && event.seq === known + 1) {
      this.#held.push(event)
      if (event.body.kind !== 'tick') this.#showHeld()
      else {
        const next = this.#shownAt + TICKS_APART - performance.now()
        this.#showing ??= setTimeout(() => this.#showHeld(), Math.max(MOSAIC_WAIT, next))
      }
      return
    }
    this.#waiting.push(event)
    if (this.#filling === null && this.trainer !== null) this.#catchUp(this.trainer)
  }

  #showHeld(): void {
    clearTimeout(this.#showing)
    this.#showing = undefined
    this.#shownAt = performance.now()
    const held = this.#held
    this.#held = []
    this.#add(held)
  }

  #askForTrouble(trainer: Trainer): void {
    trainer.client.trouble().then(
      (trouble) => {
        if (this.trainer === trainer) this.trouble ??= trouble
      },
      () => {
        // It ended in between, which is told otherwise.
      },
    )
  }

  #catchUp(trainer: Trainer): void {
    this.#fill((afterSeq) => trainer.client.eventsAfter({ afterSeq, limit: PAGE })).catch(() => {
      // The trainer ended in between: the shell tells, and the stored events are read again.
    })
  }

  /** Pages through stored events, then lets the live ones in that came meanwhile. One at a time. */
  #fill(page: (afterSeq: number) => Promise<TrainEvent[]>): Promise<void> {
    const before = this.#filling ?? Promise.resolve()
    const filling = before
      .catch(() => {})
      .then(async () => {
        for (;;) {
          const events = await page(this.fold.seq)
          if (events.length === 0) return
          this.#add(events)
        }
      })
      .finally(() => {
        if (this.#filling === filling) this.#filling = null
        const waiting = this.#waiting
        this.#waiting = []
        this.#add(waiting)
      })
    this.#filling = filling
    return filling
  }
}
