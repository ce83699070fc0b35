/** One drawn picture: rows of pixels of interleaved channels, a byte each. */
export type SamplePicture = {
  readonly resolution: number
  readonly channels: 1 | 3 | 4
  readonly pixels: Uint8Array
}

/** The picture as a canvas takes it: grey becomes three equal colours, and what has no alpha is opaque. */
export function rgbaOf({ channels, pixels }: SamplePicture): Uint8ClampedArray<ArrayBuffer> {
  if (channels === 4) return Uint8ClampedArray.from(pixels)
  const count = pixels.length / channels
  const rgba = new Uint8ClampedArray(count * 4)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = pixels[i * channels + (channels === 1 ? 0 : c)]!
    rgba[i * 4 + 3] = 255
  }
  return rgba
}

/** Whether a picture shown at `side` device pixels has whole squares for its pixels, and so is drawn unsmoothed. */
export function isCrisp(resolution: number, side: number): boolean {
  return side >= resolution && side % resolution === 0
}
