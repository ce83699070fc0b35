import type { LossName } from '../../shared/domain/trainConfig'
import type { Alarm, Tick } from '../../shared/domain/trainEvent'

/** Ticks that say what losses were like so far, and how many of them there must be to judge. */
const MEMORY = 48
const LEAST = 16
/** Losses this many times beyond their median (and one) are out of proportion... */
const OUT_OF_PROPORTION = 50
/** ...when so many ticks in a row are. */
const DIVERGING_TICKS = 3
/** A logistic discriminator below this loss is right about nearly every picture... */
const SURE_LOSS = 0.02
/** ...and has won when so many ticks in a row are. */
const SURE_TICKS = 24

/** Looks for signs in a segment's ticks that training goes wrong. Each sign is told once until it has gone. */
export class LossWatch {
  readonly #loss: LossName
  #sizes: number[] = []
  #diverging = 0
  #sure = 0

  constructor(loss: LossName) {
    this.#loss = loss
  }

  /** Takes note of a tick; answers what is wrong as of it, null while nothing is or it was told. */
  look(tick: Pick<Tick, 'generatorLoss' | 'discriminatorLoss'>): Alarm | null {
    const size = Math.abs(tick.generatorLoss) + Math.abs(tick.discriminatorLoss)
    const sorted = [...this.#sizes].sort((a, b) => a - b)
    const usual = sorted[sorted.length >> 1] ?? 0
    const wild = sorted.length >= LEAST && size > OUT_OF_PROPORTION * (usual + 1)
    this.#diverging = wild ? this.#diverging + 1 : 0
    // What is out of proportion does not count as usual, or it would soon be.
    if (!wild) this.#sizes = [...this.#sizes, size].slice(-MEMORY)
    const sure = this.#loss !== 'wgan-gp' && tick.discriminatorLoss < SURE_LOSS
    this.#sure = sure ? this.#sure + 1 : 0
    if (this.#diverging === DIVERGING_TICKS) return 'diverging'
    return this.#sure === SURE_TICKS ? 'one-sided' : null
  }
}
