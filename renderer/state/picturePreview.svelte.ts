import type { PicturePreview, PrepareOptions } from '../../shared/domain/dataset'
import type { Library } from '../bridge'
import { errorWords } from './problemWords'

/** Choices that last this long are settled. */
const SETTLED_MS = 150

/** What the networks will see of a few pictures, made by the library as it would prepare them. */
export class PicturePreviews {
  shown: readonly PicturePreview[] = $state.raw([])
  loading = $state(false)
  failure: string | null = $state(null)
  readonly #library: Library
  /** Counts what was asked: only answers to the newest count. */
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(library: Library) {
    this.#library = library
  }

  /** Asks for these pictures once the choices are settled. What is shown stays until the answer. */
  follow(options: PrepareOptions | null, paths: readonly string[]): void {
    const asked = ++this.#asked
    clearTimeout(this.#timer)
    if (options === null || paths.length === 0) {
      this.shown = []
      this.loading = false
      return
    }
    this.loading = true
    this.#timer = setTimeout(() => void this.#ask(asked, options, paths), SETTLED_MS)
  }

  async #ask(asked: number, options: PrepareOptions, paths: readonly string[]): Promise<void> {
    try {
      const shown = await this.#library.client.previewPictures({ options, paths: [...paths] })
      if (asked !== this.#asked) return
      this.shown = shown
      this.failure = null
    } catch (error) {
      if (asked !== this.#asked) return
      this.shown = []
      this.failure = errorWords(error)
    }
    this.loading = false
  }
}
