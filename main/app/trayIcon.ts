import { nativeImage, type NativeImage } from 'electron'

/** Side in pixels, for screens with two pixels to a point. */
const SIDE = 32
const COLOUR = { red: 0x5d, green: 0xa8, blue: 0x4a }
/** Each pixel is looked at in so many places a side, so that edges are smooth. */
const SAMPLES = 4

/** Sprout's mark, two leaves on a stem, small: drawn, since a tray wants its own size. */
export function trayIcon(): NativeImage {
  const pixels = Buffer.alloc(SIDE * SIDE * 4)
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const cover = coverOf(x, y)
      // Blue, green, red, alpha, multiplied through.
      const { red, green, blue } = COLOUR
      pixels.set([blue * cover, green * cover, red * cover, 255 * cover], (y * SIDE + x) * 4)
    }
  }
  return nativeImage.createFromBitmap(pixels, { width: SIDE, height: SIDE, scaleFactor: 2 })
}

/** How much of a pixel the mark covers, 0 to 1. */
function coverOf(x: number, y: number): number {
  let inside = 0
  for (let i = 0; i < SAMPLES * SAMPLES; i++) {
    const px = (x + ((i % SAMPLES) + 0.5) / SAMPLES) / SIDE
    const py = (y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / SIDE
    if (isInside(px, py)) inside++
  }
  return inside / (SAMPLES * SAMPLES)
}

/** The mark in a square of side 1: a leaf is where two circles overlap. */
function isInside(x: number, y: number): boolean {
  const stem = Math.abs(x - 0.5) < 0.045 && y > 0.45 && y < 0.94
  const side = Math.abs(x - 0.5)
  const leaf = Math.hypot(side - 0.38, y - 0.62) < 0.42 && Math.hypot(side - 0.1, y - 0.12) < 0.42
  return stem || leaf
}
