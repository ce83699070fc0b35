/**
 * Real pictures (uint8, rows of pixels of interleaved channels, one after the other) as the discriminator sees them
 * in a fade: `lerp(up(box(x)), x, alpha)`, rounded. Neither the box average nor the blend depends on how bytes are
 * scaled to the network's range, so this is what the training step computes, to half a level.
 */
export function fadeBytes(
  pixels: Uint8Array,
  { resolution, channels }: { resolution: number; channels: number },
  alpha: number,
): Uint8Array<ArrayBuffer> {
  const faded = new Uint8Array(pixels.length)
  const line = resolution * channels
  for (let top = 0; top < pixels.length; top += 2 * line) {
    for (let i = 0; i < line; i++) {
      const left = i - (Math.floor(i / channels) % 2) * channels
      const box = [left, left + channels, left + line, left + line + channels]
      const mean = box.reduce((sum, at) => sum + pixels[top + at]!, 0) / 4
      for (const at of [top + i, top + line + i]) {
        faded[at] = Math.round(mean + (pixels[at]! - mean) * alpha)
      }
    }
  }
  return faded
}
