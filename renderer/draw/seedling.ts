import type { MakeSurface } from './surface'

/** Colours by what they mean; the caller reads them from the theme. */
export type SeedlingColours = {
  ground: string
  earth: string
  stem: string
  leaf: string
  light: string
}

/** Pixels a side of the drawing that the coarse ones are averaged from. */
const FINE = 256

/**
 * Draws a seedling as `cells` by `cells` squares into the square at `x`, 0 of `side` device pixels, the way a
 * picture of that resolution would show it: each square has the mean colour of what it covers.
 */
export function paintSeedling(
  ctx: CanvasRenderingContext2D,
  place: { x: number; side: number },
  cells: number,
  colours: SeedlingColours,
  makeSurface: MakeSurface,
): void {
  let surface = makeSurface(FINE, FINE)
  paintFine(surface, colours)
  for (let size = FINE / 2; size >= cells; size /= 2) {
    const half = makeSurface(size, size)
    half.drawImage(surface.canvas, 0, 0, size, size)
    surface = half
  }
  ctx.imageSmoothingEnabled = false
  ctx.drawImage(surface.canvas, place.x, 0, place.side, place.side)
}

function paintFine(ctx: OffscreenCanvasRenderingContext2D, colours: SeedlingColours): void {
  ctx.fillStyle = colours.ground
  ctx.fillRect(0, 0, FINE, FINE)
  ctx.scale(FINE / 32, FINE / 32)
  ctx.fillStyle = colours.earth
  ctx.beginPath()
  ctx.moveTo(0, 32)
  ctx.bezierCurveTo(6, 25.5, 26, 25.5, 32, 32)
  ctx.fill()
  ctx.strokeStyle = colours.stem
  ctx.lineWidth = 2.6
  ctx.beginPath()
  ctx.moveTo(16, 28.5)
  ctx.lineTo(16, 15)
  ctx.stroke()
  ctx.fillStyle = colours.leaf
  ctx.beginPath()
  ctx.moveTo(16, 19)
  ctx.bezierCurveTo(16, 10, 10, 5.5, 2, 6)
  ctx.bezierCurveTo(2, 14.5, 7, 20, 16, 19)
  ctx.fill()
  ctx.fillStyle = colours.light
  ctx.beginPath()
  ctx.moveTo(16, 16)
  ctx.bezierCurveTo(16, 7, 21, 2.5, 30, 3)
  ctx.bezierCurveTo(30, 11.5, 25, 17, 16, 16)
  ctx.fill()
}
