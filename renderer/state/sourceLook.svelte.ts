import type { DatasetSource, SourceScan } from '../../shared/domain/dataset'
import type { Library } from '../bridge'
import { complaintWords, errorWords } from './problemWords'

/** A source of pictures and what is found in it, as it is found. */
export class SourceLook {
  source: DatasetSource | null = $state.raw(null)
  scan: SourceScan | null = $state.raw(null)
  /** PNG files, in the order that they came. */
  thumbnails: readonly Uint8Array[] = $state.raw([])
  /** Whether there is still something to find. */
  scanning = $state(false)
  /** Why the source cannot be used. */
  error: string | null = $state(null)
  readonly #library: Library
  #jobId: string | null = null
  /** Counts what was asked: only answers to the newest count. */
  #asked = 0
  #settle: () => void = () => {}
  #forget: () => void = () => {}

  constructor(library: Library) {
    this.#library = library
  }

  /** Looks at a source; only the newest counts. Resolves once its colours are known, or it is no good. */
  async at(source: DatasetSource): Promise<void> {
    this.stop()
    const asked = this.#asked
    this.source = source
    this.scan = null
    this.thumbnails = []
    this.error = null
    this.scanning = true
    // A short look may be over before its job's name is known here.
    const early: (() => void)[] = []
    const hear = (jobId: string, told: () => void) => {
      if (asked !== this.#asked) return
      if (this.#jobId === null) early.push(() => hear(jobId, told))
      else if (jobId === this.#jobId) told()
    }
    const stopListening = [
      this.#library.listen('scan', ({ jobId, scan, thumbnails }) =>
        hear(jobId, () => {
          this.scan = scan
          if (thumbnails.length > 0) this.thumbnails = [...this.thumbnails, ...thumbnails]
          if (scan.channels !== null) this.#settle()
        }),
      ),
      this.#library.listen('job', ({ jobId, status }) =>
        hear(jobId, () => {
          if (status.kind === 'running') return
          if (status.kind === 'failed') this.error = complaintWords(status)
          this.stop()
        }),
      ),
    ]
    const forget = () => stopListening.forEach((stop) => stop())
    const settled = new Promise<void>((resolve) => (this.#settle = resolve))
    this.#forget = forget
    try {
      const { jobId } = await this.#library.client.scanSource(source)
      if (asked === this.#asked) {
        this.#jobId = jobId
        for (const each of early.splice(0)) each()
      } else await this.#library.client.cancelJob({ jobId })
      await settled
    } catch (error) {
      if (asked !== this.#asked) return
      this.error = errorWords(error)
      this.stop()
    }
  }

  /** Finds no more; what was found stays. */
  stop(): void {
    this.#asked++
    this.scanning = false
    this.#forget()
    this.#forget = () => {}
    this.#settle()
    if (this.#jobId === null) return
    const jobId = this.#jobId
    this.#jobId = null
    this.#library.client.cancelJob({ jobId }).catch(() => undefined)
  }

  /** The process that looked ended: nobody will tell of more. */
  fail(message: string): void {
    if (!this.scanning) return
    this.error = message
    this.stop()
  }
}
