import type { MakeSurface } from './surface'

/** A grid of square pictures, `tile` source pixels wide each. */
export type MosaicGrid = { columns: number; rows: number; tile: number }

/** Where a mosaic's pictures go, in device pixels. */
export type MosaicFit = {
  width: number
  height: number
  /** Side of a drawn picture. */
  side: number
  gap: number
}

/** The largest size at which a mosaic fits `box` (device pixels), with `gap` device pixels between pictures. */
export function fitMosaic(
  grid: MosaicGrid,
  box: { width: number; height: number },
  gap: number,
): MosaicFit {
  const room = Math.min(
    (box.width - gap * (grid.columns - 1)) / grid.columns,
    (box.height - gap * (grid.rows - 1)) / grid.rows,
  )
  const side = Math.max(1, Math.floor(room))
  return {
    width: side * grid.columns + gap * (grid.columns - 1),
    height: side * grid.rows + gap * (grid.rows - 1),
    side,
    gap,
  }
}

/**
 * How many times larger than the source the pictures are drawn before they are brought to `fit`: the whole number
 * at or above the wanted scale; 1 when they shrink.
 */
export function wholeScale(grid: MosaicGrid, fit: MosaicFit): number {
  return Math.max(1, Math.ceil(fit.side / grid.tile))
}

/**
 * Draws the pictures of `image` (a whole mosaic) one by one. Each source pixel becomes a square: enlarged by a
 * whole number without smoothing first, then brought to the size that fits, so that no square is a pixel wider
 * than its neighbour.
 */
export function paintMosaic(
  ctx: CanvasRenderingContext2D,
  image: CanvasImageSource,
  grid: MosaicGrid,
  fit: MosaicFit,
  makeSurface: MakeSurface,
): void {
  const tile = grid.tile * wholeScale(grid, fit)
  const [width, height] = [tile * grid.columns, tile * grid.rows]
  const enlarged = makeSurface(width, height)
  enlarged.imageSmoothingEnabled = false
  enlarged.drawImage(image, 0, 0, width, height)
  ctx.clearRect(0, 0, fit.width, fit.height)
  ctx.imageSmoothingEnabled = tile !== fit.side
  ctx.imageSmoothingQuality = 'high'
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const x = column * (fit.side + fit.gap)
      const y = row * (fit.side + fit.gap)
      const source = [column * tile, row * tile, tile, tile] as const
      ctx.drawImage(enlarged.canvas, ...source, x, y, fit.side, fit.side)
    }
  }
}
