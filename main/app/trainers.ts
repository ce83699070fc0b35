import type { MessagePortMain } from 'electron'
import { explained } from '../../shared/domain/explanation'
import type { Device } from '../../shared/domain/device'
import { connectService } from '../../shared/protocol/connect'
import { trainer } from '../../shared/protocol/trainer'
import { portOf } from '../ipc/electronPort'
import type { Death } from './crashReport'
import type { WorkerEnd, WorkerProcess } from './workerProcess'

/** Crashes of one run that are remembered. */
const MOST_CRASHES = 10

/** Which run trains and which wait, in order. */
export type TrainersState = { training: string | null; queued: string[] }

/** Who hears of what. */
export type TrainersEvents = {
  changed(state: TrainersState): void
  /** A trainer is up: windows may want a port to it. */
  started(runId: string): void
  /**
   * A trainer ended other than by finishing or being stopped; `crashes` are all ends of its run since it last ended in
   * order that came without a word, the newest last.
   */
  died(runId: string, end: WorkerEnd, crashes: readonly Death[]): void
}

/** Starts one trainer process per run, one at a time; further runs wait their turn. */
export class Trainers {
  readonly #start: (runId: string, device?: Device) => WorkerProcess
  readonly #events: TrainersEvents
  readonly #queue: string[] = []
  /** What runs shall train on, where that is not what they had last. */
  readonly #devices = new Map<string, Device>()
  readonly #crashes = new Map<string, Death[]>()
  #current: { runId: string; worker: WorkerProcess } | null = null
  #stopping = false

  constructor(start: (runId: string, device?: Device) => WorkerProcess, events: TrainersEvents) {
    this.#start = start
    this.#events = events
  }

  get state(): TrainersState {
    return { training: this.#current?.runId ?? null, queued: [...this.#queue] }
  }

  /** Starts the run's trainer, on `device` if given, or lines it up; for a run that is there already, says where it stands. */
  train(runId: string, device?: Device): 'started' | 'queued' {
    if (this.#stopping) throw explained('closing', {})
    if (this.#current?.runId === runId) {
      this.#events.started(runId)
      return 'started'
    }
    if (device !== undefined) this.#devices.set(runId, device)
    if (!this.#queue.includes(runId)) this.#queue.push(runId)
    this.#startNext()
    if (this.#current?.runId === runId) return 'started'
    this.#events.changed(this.state)
    return 'queued'
  }

  /** Takes a run that waits out of the queue. */
  leaveQueue(runId: string): void {
    const place = this.#queue.indexOf(runId)
    if (place < 0) return
    this.#queue.splice(place, 1)
    this.#events.changed(this.state)
  }

  /** A port to the run's trainer, or null when none is up. */
  connect(runId: string): MessagePortMain | null {
    return this.#current?.runId === runId ? this.#current.worker.connect() : null
  }

  /**
   * Asks the trainer to save and end, and waits; ends it the hard way after `patienceMs`, when its run goes on
   * from the checkpoint before. Nothing starts afterwards.
   */
  async stopAll(patienceMs: number): Promise<void> {
    this.#stopping = true
    this.#queue.length = 0
    const current = this.#current
    if (current === null) return
    const { client } = connectService(trainer, portOf(current.worker.connect()))
    // The trainer may be gone before it answers; that it ended is all that counts.
    client.stop().catch(() => {})
    const timer = setTimeout(() => current.worker.kill(), patienceMs)
    await current.worker.ended
    clearTimeout(timer)
  }

  #crashesOf(runId: string, end: WorkerEnd): readonly Death[] {
    if (!end.crashed) return []
    const all = [...(this.#crashes.get(runId) ?? []), { at: Date.now(), end }].slice(-MOST_CRASHES)
    this.#crashes.set(runId, all)
    return all
  }

  #startNext(): void {
    if (this.#current !== null || this.#stopping) return
    const runId = this.#queue.shift()
    if (runId === undefined) return
    const worker = this.#start(runId, this.#devices.get(runId))
    this.#devices.delete(runId)
    this.#current = { runId, worker }
    void worker.ended.then((end) => {
      this.#current = null
      if (!end.orderly && !this.#stopping) {
        this.#events.died(runId, end, this.#crashesOf(runId, end))
      } else this.#crashes.delete(runId)
      this.#startNext()
      this.#events.changed(this.state)
    })
    this.#events.started(runId)
    this.#events.changed(this.state)
  }
}
