const LINE_BYTES = 64
const PAGE_BYTES = 65536

/** Arrays laid out in one piece of memory, each at the start of a cache line. */
export class AlignedPool {
  readonly #buffer: ArrayBuffer
  #used = 0

  /** Room for arrays of these sizes in bytes. */
  constructor(sizes: readonly number[]) {
    const total = sizes.reduce((sum, size) => sum + padded(size), 0)
    // A WebAssembly memory starts at a page on every platform, which JavaScript can ask of no other buffer. Vector
    // kernels sum in an order that depends on where lines start, so without this equal steps could differ in bits.
    this.#buffer = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(total / PAGE_BYTES)) })
      .buffer as ArrayBuffer
  }

  floats(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, this.#take(length * 4), length)
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, this.#take(length), length)
  }

  #take(size: number): number {
    const start = this.#used
    if (start + padded(size) > this.#buffer.byteLength)
      throw new RangeError('the aligned pool is full')
    this.#used += padded(size)
    return start
  }
}

function padded(size: number): number {
  return Math.ceil(size / LINE_BYTES) * LINE_BYTES
}
