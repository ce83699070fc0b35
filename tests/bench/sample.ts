/** A stretch of training. `stepSeconds` is what the program itself saw its steps take. */
export type Sample = {
  readonly images: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly stepSeconds: number
}
