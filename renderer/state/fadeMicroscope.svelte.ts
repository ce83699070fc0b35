import type { FadePaths, FadeView } from '../../shared/domain/fadeMicroscope'
import type { Library } from '../bridge'
import { lerpBytes } from '../draw/lerp'
import { errorWords } from './problemWords'

/** A row of pictures as the microscope shows it: RGBA pixels. */
export type FadeRow = { width: number; height: number; bytes: Uint8Array }

/** Looks into a fade: both paths, and their blend at any weight. */
export class FadeMicroscope {
  /** Null until the first answer, and when there is nothing to look at. */
  view: FadeView | null = $state.raw(null)
  looking = $state(true)
  error: string | null = $state(null)
  /** The weight that the blends are shown with, 0 to 1. */
  alpha = $state(0)
  readonly #library: Library
  readonly #runId: string
  /** What the person chose; null follows the checkpoint's. */
  #chosen: number | null = null
  #wanted: { stage: number | null; alpha: number | null } | null = null
  #asking = false

  constructor(library: Library, runId: string) {
    this.#library = library
    this.#runId = runId
  }

  /** True when the blends were drawn by the network at this very weight, and not reckoned between the two paths. */
  readonly drawn = $derived(this.view !== null && this.view.alpha === this.alpha)

  /**
   * Looks at the newest checkpoint inside the fade of `stage`, or inside any fade, with the weight that was chosen for
   * that fade, else the one that the checkpoint was saved at.
   */
  open(stage: number | null): void {
    this.looking = true
    if (stage !== null && stage !== this.view?.stage) this.#chosen = null
    this.#ask({ stage, alpha: this.#chosen })
  }

  /** Shows the blends with another weight: between the paths at once, by the network when it is done. */
  explore(alpha: number): void {
    this.alpha = alpha
    this.#chosen = alpha
    if (this.view !== null) this.#ask({ stage: this.view.stage, alpha })
  }

  /** The blend of two paths at {@link alpha}. */
  blendOf(paths: FadePaths): FadeRow {
    if (this.drawn) return paths.blend
    const { width, height } = paths.blend
    return { width, height, bytes: lerpBytes(paths.old.bytes, paths.new.bytes, this.alpha) }
  }

  /** One question at a time; of those that come meanwhile the last one counts. */
  #ask(question: { stage: number | null; alpha: number | null }): void {
    this.#wanted = question
    if (!this.#asking) void this.#answer()
  }

  async #answer(): Promise<void> {
    this.#asking = true
    try {
      while (this.#wanted !== null) {
        const question = this.#wanted
        this.#wanted = null
        const asked = { runId: this.#runId, ...question }
        this.view = await this.#library.client.fadeMicroscope(asked)
        this.error = null
        if (question.alpha === null && this.view !== null) this.alpha = this.view.alpha
      }
    } catch (error) {
      this.error = errorWords(error)
    } finally {
      this.#asking = false
      this.looking = false
    }
  }
}
