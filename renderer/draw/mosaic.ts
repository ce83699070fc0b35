import type { MakeSurface } from './surface'

/** A grid of square pictures, `tile` pixels wide each. */
export type MosaicGrid = { columns: number; rows: number; tile: number }

/** Where a mosaic's pictures go, in device pixels. */
export type MosaicFit = {
  width: number
  height: number
  /** Side of a drawn picture. */
  side: number
  gap: number
}

/** A whole multiple that fills at least so much of the room's side is preferred: it needs no smoothing at all. */
const ENOUGH = 0.8

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
  const whole = Math.floor(side / grid.tile) * grid.tile
  return fitOf(grid, whole >= ENOUGH * side ? whole : side, gap)
}

/** A mosaic whose pixels are squares of `zoom` (a whole number) device pixels, whatever room there is. */
export function zoomMosaic(grid: MosaicGrid, zoom: number, gap: number): MosaicFit {
  return fitOf(grid, grid.tile * zoom, gap)
}

function fitOf({ columns, rows }: MosaicGrid, side: number, gap: number): MosaicFit {
  const along = (count: number) => side * count + gap * (count - 1)
  return { width: along(columns), height: along(rows), side, gap }
}

/**
 * The part of a mosaic that is shown when one wants `columns` of its columns: as many rows as keep its shape, at
 * least one.
 */
export function partOf(whole: { columns: number; rows: number }, columns: number) {
  const shown = Math.min(columns, whole.columns)
  return { columns: shown, rows: Math.max(1, Math.round((whole.rows * shown) / whole.columns)) }
}

/** How many columns one can ask for: all, and halves of that, down to one or two. */
export function columnChoices(columns: number): number[] {
  const choices = [columns]
  while (choices.at(-1)! % 2 === 0) choices.push(choices.at(-1)! / 2)
  return choices.slice(0, 3)
}

/**
 * Whether two pictures of the shape `width` by `height` are larger beside each other or one above the other in a box;
 * `gap` lies between them.
 */
export function pairDirection(
  shape: { width: number; height: number },
  box: { width: number; height: number },
  gap: number,
): 'row' | 'column' {
  const scale = (width: number, height: number) =>
    Math.min(width / shape.width, height / shape.height)
  const beside = scale((box.width - gap) / 2, box.height)
  const above = scale(box.width, (box.height - gap) / 2)
  return beside >= above ? 'row' : 'column'
}

/**
 * How many times larger than the source the pictures are drawn before they are brought to `fit`: the whole number
 * at or above the wanted scale; 1 when they shrink.
 */
export function wholeScale(tile: number, fit: Pick<MosaicFit, 'side'>): number {
  return Math.max(1, Math.ceil(fit.side / tile))
}

/** The pixels of a whole mosaic; `tile` may be smaller than the pictures were, and need not be whole. */
export type MosaicSource = { image: CanvasImageSource; columns: number; rows: number; tile: number }

/**
 * Draws the first `columns` by `rows` pictures of a mosaic. Each source pixel becomes a square: where the size is no
 * whole multiple, the whole mosaic is enlarged by a whole number without smoothing first, then brought to the size that
 * fits, so that no square is a pixel wider than its neighbour. Resampling is done once for the whole: picture by
 * picture, it would take as long for each.
 */
export function paintMosaic(
  ctx: CanvasRenderingContext2D,
  source: MosaicSource,
  grid: { columns: number; rows: number },
  fit: MosaicFit,
  makeSurface: MakeSurface,
): void {
  const whole = fit.side % source.tile === 0
  const { image, tile } = whole ? source : resampled(source, fit.side, makeSurface)
  ctx.clearRect(0, 0, fit.width, fit.height)
  ctx.imageSmoothingEnabled = false
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const x = column * (fit.side + fit.gap)
      const y = row * (fit.side + fit.gap)
      const from = [column * tile, row * tile, tile, tile] as const
      ctx.drawImage(image, ...from, x, y, fit.side, fit.side)
    }
  }
}

/** A mosaic with pictures of `side` pixels. */
function resampled(
  source: MosaicSource,
  side: number,
  makeSurface: MakeSurface,
): Pick<MosaicSource, 'image' | 'tile'> {
  const { columns, rows } = source
  const scale = wholeScale(source.tile, { side })
  const image =
    scale === 1
      ? source.image
      : drawn(source.image, columns * source.tile * scale, rows * source.tile * scale, false)
  return { image: drawn(image, columns * side, rows * side, true), tile: side }

  function drawn(from: CanvasImageSource, width: number, height: number, smooth: boolean) {
    const surface = makeSurface(Math.round(width), Math.round(height))
    const { canvas } = surface
    surface.imageSmoothingEnabled = smooth
    surface.clearRect(0, 0, canvas.width, canvas.height)
    surface.drawImage(from, 0, 0, canvas.width, canvas.height)
    return canvas
  }
}
