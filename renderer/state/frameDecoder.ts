import type { Frame } from '../../shared/domain/mosaicHistory'
import type { Decoded, ToDecode } from './decodeWorker'

/** More pixels than this are not kept of any picture, however large it was drawn. */
export const MOST_PIXELS = 1 << 23

type Waiting = { resolve(bitmap: ImageBitmap): void; reject(error: Error): void }

/**
 * Makes pictures that can be drawn out of files and pixels, in a thread of its own: the browser decodes beside the page
 * anyway, but handing it a file takes the page some milliseconds, which adds up while one drags through hundreds.
 */
export class FrameDecoder {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #asked = 0

  /** Decodes a WebP file; one of more than {@link MOST_PIXELS} comes out smaller. */
  webp(webp: Uint8Array, size: { width: number; height: number }): Promise<ImageBitmap> {
    return this.#ask({ type: 'webp', bytes: webp, width: widthOf(size) }, [])
  }

  /** A picture that came from the library; its bytes are gone afterwards. */
  frame({ width, height, type, bytes }: Frame): Promise<ImageBitmap> {
    const wanted: ToDecode =
      type === 'webp'
        ? { type, bytes, width: widthOf({ width, height }) }
        : { type, bytes, width, height }
    return this.#ask(wanted, [bytes.buffer])
  }

  #ask(wanted: ToDecode, transfer: Transferable[]): Promise<ImageBitmap> {
    const worker = (this.#worker ??= this.#start())
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, wanted }, transfer)
    })
  }

  #start(): Worker {
    const worker = new Worker(new URL('./decodeWorker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Decoded>) => {
      const waiting = this.#waiting.get(data.id)
      this.#waiting.delete(data.id)
      if ('bitmap' in data) waiting?.resolve(data.bitmap)
      else waiting?.reject(new Error(data.message))
    }
    // The next question starts another one.
    worker.onerror = ({ message }) => {
      worker.terminate()
      this.#worker = null
      const all = [...this.#waiting.values()]
      this.#waiting.clear()
      for (const { reject } of all) reject(new Error(message))
    }
    return worker
  }
}

/** The width that a picture is brought to; null where it stays as it is. */
function widthOf({ width, height }: { width: number; height: number }): number | null {
  const shrink = Math.sqrt(MOST_PIXELS / (width * height))
  return shrink >= 1 ? null : Math.max(1, Math.floor(width * shrink))
}
