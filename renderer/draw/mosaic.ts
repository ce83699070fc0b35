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

/**
 * The largest whole multiple of the pictures' size that fits `box` device pixels, so that each source pixel is
 * drawn as a square of the same size; below one to one, the fitting fraction. Gaps are `gap` device pixels.
 */
export function fitMosaic(
  grid: MosaicGrid,
  box: { width: number; height: number },
  gap: number,
): MosaicFit {
  const room = Math.min(
    (box.width - gap * (grid.columns - 1)) / grid.columns,
    (box.height - gap * (grid.rows - 1)) / grid.rows,
  )
  const whole = Math.floor(room / grid.tile) * grid.tile
  const side = Math.max(1, whole > 0 ? whole : Math.floor(room))
  return {
    width: side * grid.columns + gap * (grid.columns - 1),
    height: side * grid.rows + gap * (grid.rows - 1),
    side,
    gap,
  }
}

/** Draws the pictures of `image` (a whole mosaic) one by one, without smoothing when they are enlarged. */
export function paintMosaic(
  ctx: CanvasRenderingContext2D,
  image: CanvasImageSource,
  grid: MosaicGrid,
  fit: MosaicFit,
): void {
  ctx.clearRect(0, 0, fit.width, fit.height)
  ctx.imageSmoothingEnabled = fit.side < grid.tile
  ctx.imageSmoothingQuality = 'high'
  const { tile } = grid
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const x = column * (fit.side + fit.gap)
      const y = row * (fit.side + fit.gap)
      ctx.drawImage(image, column * tile, row * tile, tile, tile, x, y, fit.side, fit.side)
    }
  }
}
