/** A decoded picture; `close` lets go of its memory. */
export type Picture = { readonly width: number; readonly height: number; close(): void }

/** Decoded pictures by number, at most `maxPixels` of them in all: those not looked at for longest go first. */
export class FrameCache<T extends Picture> {
  readonly #maxPixels: number
  /** Least recently used first. */
  readonly #pictures = new Map<number, T>()
  #pixels = 0
  #held: number | null = null

  constructor(maxPixels: number) {
    this.#maxPixels = maxPixels
  }

  get pixels(): number {
    return this.#pixels
  }

  has(key: number): boolean {
    return this.#pictures.has(key)
  }

  get(key: number): T | null {
    const picture = this.#pictures.get(key)
    if (picture === undefined) return null
    this.#pictures.delete(key)
    this.#pictures.set(key, picture)
    return picture
  }

  /** Never lets go of this one, which is on the screen, until another is held. */
  hold(key: number | null): void {
    this.#held = key
  }

  /** Takes a picture over, in place of the one before; closes what there is no room for. */
  put(key: number, picture: T): void {
    this.drop(key)
    this.#pictures.set(key, picture)
    this.#pixels += picture.width * picture.height
    for (const old of this.#pictures.keys()) {
      if (this.#pixels <= this.#maxPixels) return
      if (old !== key && old !== this.#held) this.drop(old)
    }
  }

  drop(key: number): void {
    const picture = this.#pictures.get(key)
    if (picture === undefined) return
    this.#pictures.delete(key)
    this.#pixels -= picture.width * picture.height
    picture.close()
  }

  clear(): void {
    for (const key of this.#pictures.keys()) this.drop(key)
  }
}
